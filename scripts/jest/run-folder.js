// Gives each run of the tests a folder of its own, in which its processes leave word for each other, and removes it again.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default async function setUp() {
  process.env.RINGCACHE_TEST_RUN = await mkdtemp(join(tmpdir(), 'ringcache-tests-'));
}

export async function tearDown() {
  await rm(process.env.RINGCACHE_TEST_RUN, { recursive: true });
}
