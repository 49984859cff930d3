import { expect, test } from '@jest/globals';
import { CacheError, type CallOptions } from '@ringcache/cache-core';

import { Patience } from './patience.js';
import { Slots } from './slots.js';

/** Ends with the test: what is taken is given back at once by whoever got it. */
function patience(options: CallOptions = {}): Patience {
  const made = new Patience(options, 10_000);
  made.stop();
  return made;
}

test('a slot is had at once while there is one, and then in order of arrival', async () => {
  const slots = new Slots(2, 10);
  expect([slots.take(patience()), slots.take(patience())]).toEqual([undefined, undefined]);
  const order: string[] = [];
  const first = slots.take(patience())!.then(() => order.push('first'));
  const second = slots.take(patience())!.then(() => order.push('second'));
  slots.release();
  slots.release();
  await Promise.all([second, first]);
  expect(order).toEqual(['first', 'second']);
});

test('who comes when too many wait is overloaded', () => {
  const slots = new Slots(1, 1);
  slots.take(patience());
  slots.take(patience());
  expect(() => slots.take(patience())).toThrow(expect.objectContaining({ code: 'overloaded' }));
});

test('who gives up leaves the queue, and takes no slot with them', async () => {
  const slots = new Slots(1, 1);
  slots.take(patience());
  const controller = new AbortController();
  const impatient = new Patience({ signal: controller.signal }, 10_000);
  const gaveUp = slots.take(impatient);
  controller.abort();
  await expect(gaveUp).rejects.toMatchObject({ code: 'deadline' });
  const next = slots.take(patience());
  slots.release();
  await next;
  slots.release();
  expect(slots.take(patience())).toBeUndefined();
});

test('a timeout ends a wait, and one that is over is over at once', async () => {
  const slots = new Slots(1, 1);
  slots.take(patience());
  await expect(slots.take(new Patience({}, 5))).rejects.toMatchObject({ code: 'deadline' });
  expect(new Patience({ signal: AbortSignal.abort() }, 5).ended).toBeInstanceOf(CacheError);
});

test('a wait longer than a timer can be does not end at once', async () => {
  const long = new Patience({}, Number.MAX_SAFE_INTEGER);
  const short = new Patience({}, 5);
  await new Promise((resolve) => {
    short.onEnd = resolve;
  });
  expect(long.ended).toBeUndefined();
  long.stop();
});
