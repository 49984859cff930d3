import { expect, test } from '@jest/globals';
import { seededRandom } from '@ringcache/cache-core/testing';
import fc from 'fast-check';

import { RootDraw } from './root-draw.js';

const REQUESTS = 200_000;

test.each([
  [0, 0],
  [1, REQUESTS],
])('of a ratio of %i it takes none or all', (ratio, expected) => {
  const draw = new RootDraw(ratio);
  let taken = 0;
  for (let i = 0; i < REQUESTS; i++) if (draw.take()) taken++;
  expect(taken).toBe(expected);
});

test('it takes the part that it was told to, whichever way a request is counted', () => {
  const random = seededRandom(1);
  for (const ratio of [0.01, 0.1, 0.5, 0.9]) {
    const draw = new RootDraw(ratio, random);
    let taken = 0;
    for (let i = 0; i < REQUESTS; i++) {
      if (i % 2 === 0 && !draw.isDue) draw.passed();
      else if (draw.take()) taken++;
    }
    const deviation = Math.sqrt(REQUESTS * ratio * (1 - ratio));
    expect(Math.abs(taken - REQUESTS * ratio)).toBeLessThan(5 * deviation);
  }
});

test('one that is due is the next one that is taken', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.array(fc.boolean()), (ratio, steps) => {
      const draw = new RootDraw(ratio);
      for (const isTaken of steps) {
        const { isDue } = draw;
        if (isTaken || isDue) expect(draw.take()).toBe(isDue);
        else draw.passed();
      }
    }),
  );
});
