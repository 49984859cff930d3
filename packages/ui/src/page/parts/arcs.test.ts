import { expect, test } from '@jest/globals';

import { bandPath, onCircle, placeRuns, shareArcs } from './arcs.js';

test('arcs follow each other all the way round, whatever the shares add up to', () => {
  const arcs = shareArcs(
    new Map([
      ['a', 0.2],
      ['b', 0.3],
    ]),
  );
  expect(arcs[0]).toEqual({ id: 'a', from: 0, to: 0.4 });
  expect(arcs[1]!.from).toBe(0.4);
  expect(arcs[1]!.to).toBeCloseTo(1, 12);
  expect(shareArcs(new Map([['a', 0]]))).toEqual([{ id: 'a', from: 0, to: 0 }]);
});

test('neighbouring places of one owner are one run', () => {
  expect(placeRuns([0, 0, 1, 0])).toEqual([
    { owner: 0, from: 0, to: 0.5 },
    { owner: 1, from: 0.5, to: 0.75 },
    { owner: 0, from: 0.75, to: 1 },
  ]);
  expect(placeRuns([])).toEqual([]);
});

test('the ring begins at the top and goes clockwise', () => {
  expect(onCircle(0, 10)).toEqual({ x: 0, y: -10 });
  expect(onCircle(0.25, 10)).toEqual({ x: 10, y: 0 });
  expect(onCircle(0.5, 10).y).toBe(10);
});

test('a whole turn is drawn as two halves: an arc that ends where it begins would be none', () => {
  expect(bandPath(0, 1, 5, 10).match(/Z/g)).toHaveLength(2);
  expect(bandPath(0, 0.75, 5, 10)).toBe('M0 -10 A10 10 0 1 1 -10 0 L-5 0 A5 5 0 1 0 0 -5Z');
});
