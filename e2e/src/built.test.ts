// What would be published, on its own: built, copied away from the sources, and run.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Child, freePorts } from '@ringcache/infra';

import { until } from './processes.js';

jest.setTimeout(240_000);

const root = fileURLToPath(new URL('../..', import.meta.url));
const PUBLISHED = ['package.json', 'dist', 'node_modules']; // node_modules: links, to each other and to the dependencies
const { NODE_OPTIONS: _, NODE_ENV: __, ...env } = process.env;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-built-'));
  await promisify(execFile)('npx', ['turbo', 'run', 'build', '--output-logs=errors-only'], { cwd: root, env });
  const packages = (await readdir(join(root, 'packages'))).map((name) => `packages/${name}`);
  for (const part of [...packages, 'proto', 'apps/node']) {
    for (const file of PUBLISHED) {
      const from = join(root, part, file);
      // Not every package has dependencies.
      await cp(from, join(folder, part, file), { recursive: true, verbatimSymlinks: true }).catch((error) => {
        if (file !== 'node_modules') throw error;
      });
    }
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the built daemon answers without the sources', async () => {
  const [grpc, http] = await freePorts(2);
  expect(await readdir(join(folder, 'apps/node'))).not.toContain('src');
  expect(await readdir(join(folder, 'packages/cache-core'))).not.toContain('src');
  await writeFile(join(folder, 'origin.mjs'), 'export default (key) => "value of " + key;\n');
  await writeFile(
    join(folder, 'node.yaml'),
    `member: { grpc: "localhost:${grpc}", http: "localhost:${http}" }
discovery: { type: static }
groups: { g: { origin: { type: module, path: origin.mjs } } }
`,
  );
  const child = new Child({
    command: process.execPath,
    args: ['apps/node/dist/main.js', '--config', join(folder, 'node.yaml')],
    cwd: folder,
    env,
  });
  try {
    const ask = async () => (await fetch(`http://localhost:${http}/v1/groups/g/keys/k`)).text();
    expect(await until('the daemon answers', ask)).toBe('value of k');
    const page = await until('it has joined', async () => {
      const response = await fetch(`http://localhost:${http}/ui/`);
      return response.ok && response.text();
    });
    expect(page).toContain('<title>ringcache</title>');
  } finally {
    await child.end('SIGTERM', 10_000);
  }
  expect(child.exitCode).toBe(0);
});
