import { describe, expect, test } from '@jest/globals';
import { CacheError, type Loader } from '@ringcache/cache-core';
import { ManualClock, settled } from '@ringcache/cache-core/testing';

import { type BoundedLimits, bounded } from './bounded.js';

const LIMITS: BoundedLimits = { timeout: 1_000, attempts: 1, concurrency: 2, queue: 2, rate: 0, burst: 1 };

function setUp(load: Loader, limits: Partial<BoundedLimits> = {}) {
  const clock = new ManualClock();
  const within = bounded(
    load,
    () => ({ ...LIMITS, ...limits }),
    clock,
    () => 1,
  );
  const flight = new AbortController();
  return { clock, flight, ask: (key = 'k') => Promise.resolve(within(key, { signal: flight.signal, requestId: 'r' })) };
}

/** A load that ends when it is told to. */
function gate() {
  const open: (() => void)[] = [];
  const load: Loader = (key) => new Promise((resolve) => open.push(() => resolve(Buffer.from(key))));
  return { load, open };
}

describe('a bounded origin', () => {
  test('is asked by so many at a time; so many more wait, in their order; the rest are refused', async () => {
    const { load, open } = gate();
    const { ask } = setUp(load);
    const asked = ['a', 'b', 'c', 'd'].map((key) => ask(key));
    await expect(ask('e')).rejects.toMatchObject({ code: 'overloaded' });
    await settled();
    expect(open).toHaveLength(2);
    open[1]!();
    await settled();
    expect(open).toHaveLength(3);
    for (let i = 0; i < 4; i++) {
      open[i]!();
      await settled();
    }
    expect((await Promise.all(asked)).map(String)).toEqual(['a', 'b', 'c', 'd']);
    expect(open).toHaveLength(4);
  });

  test('whose limits change lets in as many as it may by then, with the next that asks or leaves', async () => {
    const { load, open } = gate();
    const limits = { concurrency: 1 };
    const { ask } = setUp(load, limits);
    const asked = ['a', 'b', 'c'].map((key) => ask(key));
    await settled();
    expect(open).toHaveLength(1);
    limits.concurrency = 3;
    asked.push(ask('d'));
    await settled();
    expect(open).toHaveLength(3); // in their order: the newest waits
    limits.concurrency = 1;
    open[0]!();
    open[1]!();
    await settled();
    expect(open).toHaveLength(3);
    open[2]!();
    await settled();
    expect(open).toHaveLength(4);
    open[3]!();
    expect((await Promise.all(asked)).map(String)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('hands a place on when a load fails, and forgets whoever gives up waiting for one', async () => {
    const clock = new ManualClock();
    const { load, open } = gate();
    const within = bounded(load, () => ({ ...LIMITS, concurrency: 1 }), clock);
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const ask = (controller: AbortController) =>
      Promise.resolve(within('k', { signal: controller.signal, requestId: undefined }));
    const asked = [ask(first), ask(second), ask(third)];
    const outcomes = Promise.allSettled(asked);
    second.abort();
    await expect(asked[1]).rejects.toMatchObject({ code: 'deadline' });
    await settled();
    first.abort();
    await settled();
    expect(open).toHaveLength(2); // the third is in
    open[1]!();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  test('that does not answer is given up after its timeout, and its signal is aborted', async () => {
    const signals: AbortSignal[] = [];
    const { clock, ask } = setUp((_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const outcome = expect(ask()).rejects.toMatchObject({ code: 'deadline' });
    await clock.advance(1_000);
    await outcome;
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    expect(clock.pending).toBe(0);
  });

  test('is asked again after a failure that another try may mend, with longer pauses, so many times', async () => {
    const at: number[] = [];
    const { clock, ask } = setUp(
      () => {
        at.push(clock.now());
        throw new CacheError('unavailable', 'down');
      },
      { attempts: 4 },
    );
    const outcome = expect(ask()).rejects.toMatchObject({ code: 'unavailable' });
    await clock.advance(10_000);
    await outcome;
    expect(at).toEqual([0, 50, 150, 350]);
  });

  test.each(['invalid_argument', 'internal', 'permission_denied', 'overloaded', 'too_large'] as const)(
    'is not asked again after %s',
    async (code) => {
      let loads = 0;
      const { ask } = setUp(
        () => {
          loads++;
          throw new CacheError(code, 'no');
        },
        { attempts: 4 },
      );
      await expect(ask()).rejects.toMatchObject({ code });
      expect(loads).toBe(1);
    },
  );

  test('is not asked again once the flight is over', async () => {
    let loads = 0;
    const { clock, flight, ask } = setUp(
      () => {
        loads++;
        throw new CacheError('unavailable', 'down');
      },
      { attempts: 10 },
    );
    const outcome = expect(ask()).rejects.toMatchObject({ code: 'deadline' });
    await settled();
    flight.abort();
    await outcome;
    await clock.advance(10_000);
    expect([loads, clock.pending]).toEqual([1, 0]);
  });

  test('is asked so many times a second', async () => {
    const at: number[] = [];
    const { clock, ask } = setUp(
      () => {
        at.push(clock.now());
        return Buffer.from('v');
      },
      { rate: 10, burst: 2, concurrency: 100 },
    );
    const asked = Promise.all(Array.from({ length: 5 }, () => ask()));
    await clock.advance(1_000);
    await asked;
    expect(at).toEqual([0, 0, 100, 200, 300]);
  });
});
