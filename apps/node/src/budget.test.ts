import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';

import { alone, killDaemons, runDaemon } from './testing/run-daemon.js';

jest.setTimeout(60_000);

const KEYS = 1_000; // of 1,000 bytes, asked in a circle: more than half of the budget holds, less than most of it
const KEYS_A_REQUEST = 250;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-budget-'));
  await writeFile(join(folder, 'large.mjs'), 'export default () => Buffer.alloc(1_000);');
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(killDaemons);

test('the daemon moves memory to the group that has use for it, and says so in its log and its metrics', async () => {
  const { config, http } = await alone('large.mjs');
  const groups = { g: { ...config.groups.g, policy: 'lru' }, idle: { origin: { type: 'none' }, minBytes: '64KiB' } };
  const { says, output } = await runDaemon(folder, { ...config, groups, budgetBytes: '2MiB', budgetInterval: '10ms' });
  await says('"msg":"ready"');
  const keys = Array.from({ length: KEYS }, (_, i) => `key-${i}`);
  const askAll = async () => {
    for (let from = 0; from < KEYS; from += KEYS_A_REQUEST) {
      const body = JSON.stringify({ keys: keys.slice(from, from + KEYS_A_REQUEST) });
      await (await fetch(`${http}/v1/groups/g:getMany`, { method: 'POST', body })).arrayBuffer();
    }
  };
  const metrics = async () => (await fetch(`${http}/metrics`)).text();
  const metricOf = (text: string, name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );

  let text = await metrics();
  for (let loads = 0, loadsBefore = -1; loadsBefore !== loads; ) {
    await askAll();
    text = await metrics();
    loadsBefore = loads;
    loads = metricOf(text, 'ringcache_loads_total{group="g"}');
  }
  expect(output.text).toMatch(/"msg":"memory moved","from":"idle","to":"g","bytes":32768,"gain":[\d.]+,"loss":0/);
  const moved = metricOf(text, 'ringcache_moved_bytes_total{from="idle",to="g"}');
  expect(metricOf(text, 'ringcache_max_bytes{group="g"}')).toBe(2 ** 20 + moved);
  expect(metricOf(text, 'ringcache_max_bytes{group="idle"}')).toBe(2 ** 20 - moved);
  expect(metricOf(text, 'ringcache_lru_hit_ratio{group="g",limit="half"}')).toBeLessThan(0.1);
  expect(metricOf(text, 'ringcache_lru_hit_ratio{group="g",limit="twice"}')).toBeGreaterThan(0.5);
});
