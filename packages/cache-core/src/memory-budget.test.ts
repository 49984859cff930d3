// Real groups on the manual clock, under traffic of which the best division of memory is known.

import { afterEach, describe, expect, test } from '@jest/globals';
import { type BudgetedGroup, MemoryBudget } from './memory-budget.js';
import type { MemoryMove } from './memory-move.js';
import { ManualClock } from './testing/manual-clock.js';
import { seededRandom } from './testing/random.js';
import { TestCluster } from './testing/test-cluster.js';

const BUDGET = 2 ** 20;
const VALUE = Buffer.alloc(1_000); // about 700 entries in all
const MIN_BYTES = BUDGET / 16;
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Keys of a group: the one of rank r with a chance in proportion to 1 / (r + 1). */
function zipf(keys: number, random: () => number): () => number {
  const upTo: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= keys; rank++) {
    sum += 1 / rank;
    upTo.push(sum);
  }
  return () => {
    const mark = random() * sum;
    let low = 0;
    for (let high = keys - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > mark) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

interface World {
  readonly cluster: TestCluster;
  readonly groups: BudgetedGroup[];
  /** Seconds of traffic: so many requests for each group in each. @returns the hit ratio of all. */
  run(seconds: number, requests: Record<string, number>): Promise<number>;
}

/** Groups with so many keys each, and even parts of the budget. */
function world(keys: Record<string, number>, seed = 1): World {
  const names = Object.keys(keys);
  const limits = { load: async () => VALUE, maxBytes: BUDGET / names.length, policy: 'lru' as const };
  const cluster = new TestCluster({ size: 1, groups: Object.fromEntries(names.map((name) => [name, limits])) });
  cleanups.push(() => cluster.close());
  const next = new Map(names.map((name, i) => [name, zipf(keys[name]!, seededRandom(seed + i))]));
  return {
    cluster,
    groups: names.map((name) => cluster.group(name)),
    async run(seconds, requests) {
      let [hits, gets] = [0, 0];
      for (let second = 0; second < seconds; second++) {
        for (const name of names) {
          const group = cluster.group(name);
          for (let i = requests[name]!; i > 0; i--) {
            const key = `key-${next.get(name)!()}`;
            gets++;
            if (group.peek(key) !== undefined) hits++;
            else await group.get(key);
          }
        }
        await cluster.clock.advance(1_000);
      }
      return hits / gets;
    },
  };
}

function budgetOf({ groups, cluster }: World, onMove?: (move: MemoryMove) => void): MemoryBudget {
  const budget = new MemoryBudget({
    budgetBytes: BUDGET,
    groups: groups.map((group) => ({ group, minBytes: MIN_BYTES })),
    clock: cluster.clock,
    intervalMs: 1_000,
    onMove,
  });
  cleanups.push(() => budget.close());
  return budget;
}

const TRAFFIC = { wide: 400, narrow: 200 };

describe('a budget over two groups', () => {
  test('with different traffic wins hits over the fixed division, and says why', async () => {
    const fixed = world({ wide: 1_500, narrow: 60 });
    const moving = world({ wide: 1_500, narrow: 60 });
    const sums: number[] = [];
    const moves: MemoryMove[] = [];
    const budget = budgetOf(moving, (move) => {
      moves.push(move);
      sums.push(moving.groups.reduce((sum, { maxBytes }) => sum + maxBytes, 0));
    });
    await fixed.run(30, TRAFFIC);
    await moving.run(30, TRAFFIC);
    const [before, after] = [await fixed.run(10, TRAFFIC), await moving.run(10, TRAFFIC)];
    expect(after).toBeGreaterThan(before + 0.04);

    const [wide, narrow] = moving.groups;
    expect(wide!.maxBytes).toBeGreaterThan(0.75 * BUDGET);
    expect(narrow!.maxBytes).toBeGreaterThanOrEqual(MIN_BYTES);
    expect(Math.max(...sums)).toBeLessThanOrEqual(BUDGET);
    for (const { from, to, gain, loss, bytes } of moves) {
      expect([from, to, bytes]).toEqual(['narrow', 'wide', budget.stepBytes]);
      expect(gain).toBeGreaterThan(loss);
    }
    expect(budget.moves).toBe(moves.length);
    expect(budget.movedBytes).toEqual([{ from: 'narrow', to: 'wide', bytes: moves.length * budget.stepBytes }]);
    expect(budget.lastMoves[0]).toMatchObject(moves.at(-1)!);
  });

  test.each([1, 2, 3])('with equal traffic leaves them as they are (seed %d)', async (seed) => {
    const equal = world({ one: 1_500, other: 1_500 }, 10 * seed);
    const budget = budgetOf(equal);
    await equal.run(20, { one: 400, other: 400 });
    expect([budget.moves, budget.lastMoves, budget.movedBytes]).toEqual([0, [], []]);
  });

  test('follows traffic that changes places, with no step back', async () => {
    const changing = world({ one: 1_500, other: 1_500 });
    const [one, other] = changing.groups;
    const directions: string[] = [];
    budgetOf(changing, ({ from, to }) => directions.push(`${from} to ${to}`));
    await changing.run(40, { one: 400, other: 60 });
    expect(one!.maxBytes).toBeGreaterThan(0.75 * BUDGET);
    await changing.run(60, { one: 60, other: 400 });
    expect(other!.maxBytes).toBeGreaterThan(0.75 * BUDGET);
    const changes = directions.filter((direction, i) => direction !== directions[i - 1]);
    expect(changes).toEqual(['other to one', 'one to other']);
  });

  test('that is closed moves nothing more', async () => {
    const closed = world({ wide: 1_500, narrow: 60 });
    const budget = budgetOf(closed);
    const { pending } = closed.cluster.clock;
    budget.close();
    expect(closed.cluster.clock.pending).toBe(pending - 1);
    await closed.run(10, TRAFFIC);
    expect(budget.moves).toBe(0);
  });
});

describe('a budget', () => {
  /** Groups that note the sum of all limits whenever one changes. */
  function noting(missRatios: Record<string, (bytes: number) => number>) {
    const groups = Object.entries(missRatios).map(([name, missRatioAt]) => ({
      name,
      maxBytes: BUDGET / 2,
      ownRequests: 0,
      missRatioAt,
      resize({ maxBytes }: { maxBytes: number }) {
        this.maxBytes = maxBytes;
        sums.push(groups.reduce((sum, group) => sum + group.maxBytes, 0));
      },
    }));
    const sums: number[] = [];
    return { groups, sums };
  }

  test('is not exceeded between taking and giving', async () => {
    const clock = new ManualClock();
    const { groups, sums } = noting({ flat: () => 0.5, steep: (bytes) => 1 - bytes / BUDGET });
    const each = groups.map((group) => ({ group, minBytes: 1 }));
    const budget = new MemoryBudget({ budgetBytes: BUDGET, groups: each, clock });
    for (let i = 0; i < 5; i++) {
      for (const group of groups) group.ownRequests += 1_000;
      await clock.advance(10_000);
    }
    expect(budget.moves).toBe(5);
    expect(sums).toEqual(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? BUDGET - budget.stepBytes : BUDGET)));
    budget.close();
  });

  test('takes a rate as it has been for some time: a burst is no reason to move', async () => {
    const clock = new ManualClock();
    const { groups } = noting({ quiet: (bytes) => 1 - bytes / BUDGET, steady: (bytes) => 1 - bytes / BUDGET });
    const each = groups.map((group) => ({ group, minBytes: 1 }));
    const budget = new MemoryBudget({ budgetBytes: BUDGET, groups: each, clock });
    const [quiet, steady] = groups;
    for (let i = 0; i < 10; i++) {
      steady!.ownRequests += 1_000;
      quiet!.ownRequests += i === 5 ? 2_000 : 900;
      await clock.advance(10_000);
    }
    expect(budget.moves).toBe(0);
    budget.close();
  });

  test.each([
    ['less than its groups have', BUDGET - 1, 1, /more than the budget/],
    ['a group below its least', BUDGET, BUDGET, /minBytes of flat must be from 1/],
    ['a least of nothing', BUDGET, 0, /minBytes of flat must be from 1/],
  ])('refuses %s', (_, budgetBytes, minBytes, message) => {
    const { groups } = noting({ flat: () => 0.5, steep: () => 0.5 });
    const each = groups.map((group) => ({ group, minBytes }));
    expect(() => new MemoryBudget({ budgetBytes, groups: each, clock: new ManualClock() })).toThrow(message);
  });
});

test('another budget is in force at once, never with more than the larger of the two in use', async () => {
  const { groups, cluster } = world({ a: 100, b: 100 });
  const sizes = () => groups.map(({ maxBytes }) => maxBytes);
  const seen: number[] = [];
  const watched = groups.map((group) => ({
    ...group,
    name: group.name,
    get maxBytes() {
      return group.maxBytes;
    },
    get ownRequests() {
      return group.ownRequests;
    },
    missRatioAt: (bytes: number) => group.missRatioAt(bytes),
    resize: (limits: { maxBytes: number }) => {
      group.resize(limits);
      seen.push(sizes().reduce((sum, each) => sum + each, 0));
    },
  }));
  const budget = new MemoryBudget({
    budgetBytes: BUDGET,
    groups: watched.map((group) => ({ group, minBytes: MIN_BYTES })),
    clock: cluster.clock,
  });
  cleanups.push(() => budget.close());
  budget.change({ budgetBytes: BUDGET / 2 });
  expect([budget.budgetBytes, sizes()]).toEqual([BUDGET / 2, [BUDGET / 4, BUDGET / 4]]);
  budget.change({ minBytes: new Map([['a', 350_000]]) });
  expect([sizes()[0], sizes()[0]! + sizes()[1]! <= BUDGET / 2]).toEqual([350_000, true]);
  expect(Math.max(...seen.slice(2))).toBeLessThanOrEqual(BUDGET / 2);
  expect(() => budget.change({ budgetBytes: BUDGET / 3 })).toThrow(RangeError);
  expect(budget.budgetBytes).toBe(BUDGET / 2);
});
