import { beforeEach, expect, test } from '@jest/globals';

import { type Load, openLoop, type Ticks } from './open-loop.js';

const VALUE = Uint8Array.of(1);
const get = async () => VALUE;
const check = () => undefined;

/** A clock that the test moves on, and ticks when the test says so. */
class ManualTicks implements Ticks {
  nowMs = 1_000; // not 0: what is due counts from the beginning of the loop
  readonly listeners = new Set<() => void>();

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tick(afterMs = 0): void {
    this.nowMs += afterMs;
    for (const listener of this.listeners) listener();
  }
}

let ticks: ManualTicks;

beforeEach(() => {
  ticks = new ManualTicks();
});

const open = <Got>(load: Load<Got>) => openLoop(load, ticks, () => ticks.nowMs);

test('requests are sent though nothing is answered yet, none before it is due', async () => {
  const asked: number[] = [];
  const answers: (() => void)[] = [];
  const opened = open({
    dueMs: Float64Array.of(0, 1, 2, 30),
    check,
    get: (i) => {
      asked.push(i);
      return new Promise((resolve) => answers.push(() => resolve(VALUE)));
    },
  });
  expect(asked).toEqual([]);
  ticks.tick();
  expect(asked).toEqual([0]);
  ticks.tick(2);
  expect(asked).toEqual([0, 1, 2]);
  ticks.tick(27.9);
  expect(asked).toEqual([0, 1, 2]);
  ticks.tick(0.1);
  expect(asked).toEqual([0, 1, 2, 3]);
  expect(ticks.listeners.size).toBe(0);

  ticks.nowMs += 10;
  for (const answer of answers) answer();
  expect(await opened).toEqual({
    due: 4,
    failed: 0,
    firstFailure: undefined,
    latency: { p50Ms: 38, p99Ms: 40, p999Ms: 40, maxMs: 40 },
    lateness: { p50Ms: 0, p99Ms: 1, p999Ms: 1, maxMs: 1 },
  });
});

test('a stall of this process is in the latency of all that were due in it, and told as its own lateness', async () => {
  const dueMs = Float64Array.from({ length: 100 }, (_, i) => i);
  const stalls = async (i: number) => {
    if (i === 0) ticks.nowMs += 100;
    return VALUE;
  };
  const opened = open({ dueMs, get: stalls, check });
  ticks.tick();
  ticks.tick();
  const { latency, lateness } = await opened;
  expect(latency).toEqual({ p50Ms: 50, p99Ms: 99, p999Ms: 100, maxMs: 100 }); // 100 and 99 to 1
  expect(lateness).toEqual({ p50Ms: 49, p99Ms: 98, p999Ms: 99, maxMs: 99 }); // 0 and 99 to 1
});

test('what is due before the count begins is asked for and not counted', async () => {
  const asked: number[] = [];
  const opened = open({
    dueMs: Float64Array.of(0, 1, 2, 3),
    countFromMs: 2,
    check,
    get: (i: number) => {
      asked.push(i);
      return get();
    },
  });
  ticks.tick(3);
  expect(await opened).toMatchObject({ due: 2 });
  expect(asked).toEqual([0, 1, 2, 3]);
});

test('failures are counted, and told, and have no latency', async () => {
  const fails = async (i: number) => {
    if (i > 0) throw new Error(`the ${i}. failed`);
    return VALUE;
  };
  const opened = open({ dueMs: Float64Array.of(7, 8, 9), get: fails, check });
  ticks.tick(10);
  expect(await opened).toMatchObject({
    due: 3,
    failed: 2,
    firstFailure: 'Error: the 1. failed',
    latency: { p50Ms: 3 },
  });
});

test('a value that is not the right one ends the loop with an error', async () => {
  const refuse = () => {
    throw new Error('not the one that was put there');
  };
  const opened = open({ dueMs: Float64Array.of(0, 1_000_000), get, check: refuse });
  ticks.tick();
  await expect(opened).rejects.toThrow('not the one');
  expect(ticks.listeners.size).toBe(0);
});

test('with nothing due it ends at once', async () => {
  expect(await open({ dueMs: new Float64Array(0), get, check })).toMatchObject({ due: 0 });
  expect(ticks.listeners.size).toBe(0);
});
