import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@ringcache/cache-core/testing';
import { Invalidation, type InvalidationOptions } from './invalidation.js';

const HOUR_MS = 3_600_000;

/** A cache that can be away; it knows when it was asked to delete what, and how each was answered. */
function cacheOf(options: Partial<InvalidationOptions> = {}) {
  const clock = new ManualClock();
  const cache = { away: false, hangs: false, asked: [] as string[], deleted: [] as string[] };
  const problems: string[] = [];
  const invalidation = new Invalidation({
    clock,
    invalidate: async (name) => {
      cache.asked.push(name);
      if (cache.hangs) await new Promise(() => {});
      if (cache.away) throw new Error('cache is away');
      cache.deleted.push(name);
    },
    onProblem: (problem, name) => problems.push(`${problem} ${name}`),
    ...options,
  });
  return { clock, cache, problems, invalidation };
}

describe('Invalidation', () => {
  test('deletes before changed() resolves', async () => {
    const { cache, invalidation, clock } = cacheOf();
    await invalidation.changed('张三');
    expect(cache.deleted).toEqual(['张三']);
    expect([invalidation.pending, clock.pending]).toEqual([0, 0]);
  });

  test('tries again in the background until the cache is back, and not once more', async () => {
    const { cache, invalidation, clock, problems } = cacheOf();
    cache.away = true;
    await invalidation.changed('张三');
    await clock.advance(5_000);
    expect(cache.deleted).toEqual([]);
    cache.away = false;
    await clock.advance(HOUR_MS);
    expect(cache.deleted).toEqual(['张三']);
    expect(problems).toEqual(['retrying 张三']);
  });

  test('gives up after the retries it was given, and says so', async () => {
    const { cache, invalidation, clock, problems } = cacheOf({ maxRetries: 3 });
    cache.away = true;
    await invalidation.changed('张三');
    await clock.advance(HOUR_MS);
    expect(cache.asked).toHaveLength(1 + 3);
    expect(problems).toEqual(['retrying 张三', 'given_up 张三']);
    expect([invalidation.pending, clock.pending]).toEqual([0, 0]);
  });

  test('a cache that never answers holds up a change for one try only', async () => {
    const { cache, invalidation, clock } = cacheOf({ tryMs: 1_000 });
    cache.hangs = true;
    let answered = false;
    const change = invalidation.changed('张三').then(() => {
      answered = true;
    });
    await clock.advance(999);
    expect(answered).toBe(false);
    await clock.advance(1);
    await change;
    expect(invalidation.pending).toBe(1);
  });

  test('keeps no more names than it may, and says which it lets go', async () => {
    const { cache, invalidation, problems } = cacheOf({ maxPending: 2 });
    cache.away = true;
    for (const name of ['a', 'b', 'c', 'a']) await invalidation.changed(name);
    expect(invalidation.pending).toBe(2);
    expect(problems).toEqual(['retrying a', 'retrying b', 'given_up c', 'retrying a']);
  });

  test('a retry sent before a second change does not settle the second', async () => {
    let settleRetry = () => {};
    const answers = [
      () => Promise.reject(new Error('away')),
      () => new Promise<void>((resolve) => (settleRetry = resolve)),
      () => Promise.reject(new Error('away')),
      () => Promise.resolve(),
    ];
    let calls = 0;
    const { invalidation, clock } = cacheOf({ invalidate: () => answers[calls++]!() });
    await invalidation.changed('张三');
    await clock.advance(500); // the retry is on its way
    await invalidation.changed('张三');
    settleRetry();
    await clock.advance(0);
    expect(invalidation.pending).toBe(1);
    await clock.advance(HOUR_MS);
    expect([calls, invalidation.pending]).toEqual([4, 0]);
  });

  test('a change that reaches the cache settles what waited for the same name', async () => {
    const { cache, invalidation, clock } = cacheOf();
    cache.away = true;
    await invalidation.changed('张三');
    cache.away = false;
    await invalidation.changed('张三');
    expect(invalidation.pending).toBe(0);
    await clock.advance(HOUR_MS);
    expect(cache.asked).toHaveLength(2);
  });

  test('an invalidate that throws before its promise fails no change', async () => {
    const { invalidation } = cacheOf({
      invalidate: () => {
        throw new Error('not connected');
      },
    });
    await invalidation.changed('张三');
    expect(invalidation.pending).toBe(1);
  });

  test('after close nothing runs, and what waited is reported', async () => {
    const { cache, invalidation, clock, problems } = cacheOf();
    cache.away = true;
    await invalidation.changed('张三');
    invalidation.close();
    await invalidation.changed('李四');
    await clock.advance(HOUR_MS);
    expect(cache.asked).toEqual(['张三', '李四']);
    expect(problems).toEqual(['retrying 张三', 'given_up 张三', 'given_up 李四']);
    expect(clock.pending).toBe(0);
  });
});
