import { afterEach, expect, test } from '@jest/globals';

import { COARSE_LATENCY_BOUNDS_MS } from './latency-histogram.js';
import { TestCluster } from './testing/test-cluster.js';

let cluster: TestCluster;
afterEach(() => cluster.close());

test('a miss is timed from its coming to its answer, a hit not at all', async () => {
  cluster = new TestCluster({
    size: 1,
    groups: {
      g: {
        load: async (key) => {
          await new Promise<void>((resolve) => cluster.clock.setTimeout(resolve, key === 'slow' ? 200 : 20));
          if (key === 'fails') throw new Error('no');
          return Buffer.from(key);
        },
      },
    },
  });
  const group = cluster.group('g');
  const asked = ['fast', 'slow', 'slow', 'fails'].map((key) => group.get(key).catch(() => {}));
  await cluster.clock.advance(1_000);
  await Promise.all(asked);
  for (let i = 0; i < 10; i++) await group.get('fast');

  const { missMs, loadMs } = group.measures;
  expect([loadMs.count, loadMs.sumMs]).toEqual([3, 240]);
  expect([missMs.count, missMs.sumMs, missMs.maxMs]).toEqual([4, 440, 200]);
  const atMost = Object.fromEntries(missMs.cumulative().map((count, i) => [COARSE_LATENCY_BOUNDS_MS[i], count]));
  expect([atMost[10], atMost[25], atMost[100], atMost[250]]).toEqual([0, 2, 2, 4]);
});

test('writes are counted by what they are, and by whether everybody knows of them', async () => {
  cluster = new TestCluster({ size: 2, groups: { g: {} } });
  const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(0)];
  await group.write({ op: 'set', key, value: Buffer.from('v') });
  await group.write({ op: 'delete', key });
  cluster.nodes[1]!.kill();
  await group.write({ op: 'delete', key });
  await group.clear();

  const counts = Object.fromEntries(
    group.measures.writes().map(({ op, applied, count }) => [`${op} ${applied}`, count]),
  );
  expect(counts).toEqual({
    'set all': 1,
    'set partial': 0,
    'delete all': 1,
    'delete partial': 1,
    'clear all': 0,
    'clear partial': 1,
  });
});

test('answers from copies are counted as such, those by bytes too', async () => {
  cluster = new TestCluster({ size: 2, groups: { g: { load: async (key) => Buffer.from(key) } } });
  const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(1)];
  for (let i = 0; i < 2; i++) await group.get(key);
  expect(group.hotReads).toBe(0);
  await group.get(key);
  const bytes = Buffer.from(key);
  group.answerHeld(bytes, 0, bytes.length, 'client');
  await group.get(cluster.keyOwnedBy(0));
  expect(group.hotReads).toBe(2);
  expect(group.measures.fetchMs.count).toBe(2);
});
