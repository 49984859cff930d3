import { afterEach, expect, test } from '@jest/globals';
import { ManualClock } from '@ringcache/cache-core/testing';

import { bytes } from './codec.js';
import { type GroupSpecs, type JoinOptions, join } from './join.js';

const MIB = 2 ** 20;
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started<S extends GroupSpecs>(options: JoinOptions<S>) {
  const node = await join({ grpc: '127.0.0.1:0', ...options });
  cleanups.push(() => node.leave());
  return node;
}

function limitsOf(node: { core: { groups: ReadonlyMap<string, { maxBytes: number }> } }): number[] {
  return [...node.core.groups.values()].map(({ maxBytes }) => maxBytes);
}

test('a budget is divided among the groups by what they say, and evenly where they say nothing', async () => {
  const groups = { one: { codec: bytes, maxBytes: 2 * MIB }, other: { codec: bytes }, third: { codec: bytes } };
  const node = await started({ groups, budgetBytes: 4 * MIB });
  expect(limitsOf(node)).toEqual([2 * MIB, MIB, MIB]);
  expect(node.groups.other.stats()).toMatchObject({ maxBytes: MIB });
});

test('memory moves from the group that nobody asks to the one that has use for it, until the node leaves', async () => {
  const clock = new ManualClock();
  const moves: { bytes: number }[] = [];
  let loads = 0;
  const load = () => {
    loads++;
    return Buffer.alloc(1_000);
  };
  const node = await started({
    clock,
    budgetBytes: MIB,
    budgetIntervalMs: 1_000,
    onMove: (move) => moves.push(move),
    groups: { idle: { codec: bytes, minBytes: MIB / 4 }, busy: { codec: bytes, load, policy: 'lru' } },
  });
  await node.groups.busy.get('key-0');
  const keys = Math.floor((0.62 * MIB * 7) / 8 / node.groups.busy.stats().bytes); // half does not hold them, 3/4 does
  const run = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      for (let i = 0; i < keys; i++) await node.groups.busy.get(`key-${i}`);
      await clock.advance(1_000);
    }
  };
  await run(2);
  expect(loads).toBeGreaterThanOrEqual(2 * keys); // in a circle, and too many by a few
  await run(18);
  loads = 0;
  await run(1);
  expect(loads).toBe(0);
  const moved = moves.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(limitsOf(node)).toEqual([MIB / 2 - moved, MIB / 2 + moved]);
  expect(moves[0]).toMatchObject({ from: 'idle', to: 'busy', bytes: MIB / 64, loss: 0 });
  expect(node.budget).toMatchObject({ moves: moves.length, movedBytes: [{ from: 'idle', to: 'busy', bytes: moved }] });
  expect(node.groups.busy.stats().hitRatioAt!.half).toBeLessThan(0.01);
  await node.leave();
  expect(clock.pending).toBe(0);
});

test('without a budget every group has its own limit, and nothing is measured against the others', async () => {
  const node = await started({ groups: { one: { codec: bytes, maxBytes: MIB }, other: { codec: bytes } } });
  expect([node.budget, limitsOf(node)]).toEqual([undefined, [MIB, 64 * MIB]]);
});

test.each([
  ['groups that want more than there is', { budgetBytes: MIB }, { maxBytes: 2 * MIB }, /more than budgetBytes/],
  ['a least where nothing moves', {}, { minBytes: MIB }, /minBytes of group g means nothing without budgetBytes/],
])('%s are refused', async (_, options, limits, message) => {
  await expect(started({ ...options, groups: { g: { codec: bytes, ...limits } } })).rejects.toThrow(message);
});
