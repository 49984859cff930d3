import { expect, test } from '@jest/globals';

import { follow } from './follow.js';
import { ManualClock } from './testing/manual-clock.js';

function setUp(open: (signal: AbortSignal) => AsyncIterable<number>) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const used: number[] = [];
  const errors: string[] = [];
  const use = (item: number) => {
    if (item < 0) throw new RangeError(`${item} is below zero`);
    used.push(item);
  };
  const { signal } = stop;
  const done = follow({ open, use, signal, clock, onError: ({ message }) => errors.push(message) });
  return { clock, stop, used, errors, done };
}

test('an item that cannot be used is reported each time, and the next one is used', async () => {
  const { used, errors, done } = setUp(async function* () {
    yield* [1, -1, -1, 2];
  });
  await done;
  expect(used).toEqual([1, 2]);
  expect(errors).toEqual(['-1 is below zero', '-1 is below zero']);
});

test('a source that throws is opened again', async () => {
  let opened = 0;
  const { clock, used, errors, done } = setUp(async function* () {
    yield ++opened;
    if (opened < 3) throw new Error('lost');
  });
  await clock.advance(2_000);
  await done;
  expect(used).toEqual([1, 2, 3]);
  expect(errors).toEqual(['lost', 'lost']);
});

test('nothing is opened after the end, and the end is no error', async () => {
  const { clock, stop, errors, done } = setUp(async function* (signal) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    yield* [];
    throw signal.reason;
  });
  stop.abort();
  await done;
  expect(errors).toEqual([]);
  expect(clock.pending).toBe(0);
});
