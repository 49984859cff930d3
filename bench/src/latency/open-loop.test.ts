import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { Metronome } from './metronome.js';
import { openLoop } from './open-loop.js';

const VALUE = Uint8Array.of(1);
const get = async () => VALUE;
const check = () => undefined;
let metronome: Metronome;

beforeAll(async () => {
  metronome = await Metronome.start();
});
afterAll(() => metronome.stop());

function busyFor(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('requests are sent though nothing is answered yet, none before it is due', async () => {
  const dueMs = Float64Array.of(0, 1, 2, 30);
  const startedAt = performance.now();
  const early: number[] = [];
  const waiting: (() => void)[] = [];
  const opened = await openLoop(
    {
      dueMs,
      check,
      get: async (i) => {
        if (performance.now() - startedAt < dueMs[i]!) early.push(i);
        if (i === dueMs.length - 1) for (const answer of waiting) answer();
        else await new Promise<void>((resolve) => void waiting.push(resolve));
        return VALUE;
      },
    },
    metronome,
  );
  expect(early).toEqual([]);
  expect(opened).toMatchObject({ due: 4, failed: 0, firstFailure: undefined });
  expect(opened.latency.maxMs).toBeGreaterThanOrEqual(29);
});

test('a stall of this process is in the latency of all that were due in it, and told as its own lateness', async () => {
  const dueMs = Float64Array.from({ length: 100 }, (_, i) => i);
  const stalls = async (i: number) => {
    if (i === 0) busyFor(100);
    return VALUE;
  };
  const { latency, lateness } = await openLoop({ dueMs, get: stalls, check }, metronome);
  expect(latency.p50Ms).toBeGreaterThanOrEqual(45);
  expect(lateness.p50Ms).toBeGreaterThanOrEqual(45);
});

test('what is due before the count begins is asked for and not counted', async () => {
  const asked: number[] = [];
  const load = {
    dueMs: Float64Array.of(0, 1, 2, 3),
    countFromMs: 2,
    check,
    get: (i: number) => {
      asked.push(i);
      return get();
    },
  };
  expect(await openLoop(load, metronome)).toMatchObject({ due: 2 });
  expect(asked).toEqual([0, 1, 2, 3]);
});

test('failures are counted, and told, and have no latency', async () => {
  const fails = async (i: number) => {
    if (i > 0) throw new Error(`the ${i}. failed`);
    return VALUE;
  };
  const opened = await openLoop({ dueMs: Float64Array.of(0, 1, 2), get: fails, check }, metronome);
  expect(opened).toMatchObject({ due: 3, failed: 2, firstFailure: 'Error: the 1. failed' });
});

test('a value that is not the right one ends the loop with an error', async () => {
  const refuse = () => {
    throw new Error('not the one that was put there');
  };
  const dueMs = Float64Array.of(0, 1_000_000);
  await expect(openLoop({ dueMs, get, check: refuse }, metronome)).rejects.toThrow('not the one');
});

test('with nothing due it ends at once', async () => {
  expect(await openLoop({ dueMs: new Float64Array(0), get, check }, metronome)).toMatchObject({ due: 0 });
});
