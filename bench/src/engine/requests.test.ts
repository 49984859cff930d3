import { expect, test } from '@jest/globals';

import { draw, idsOf, stretch } from './requests.js';

const drawn = { entries: 1_000, count: 20_000, seed: 3 };

test('one seed gives one sequence, another a different one', () => {
  expect(draw({ ...drawn, workload: 'zipf' })).toEqual(draw({ ...drawn, workload: 'zipf' }));
  expect(draw({ ...drawn, workload: 'zipf' })).not.toEqual(draw({ ...drawn, workload: 'zipf', seed: 4 }));
});

test('hits ask only for what is there, the others for three times as much', () => {
  expect(draw({ ...drawn, workload: 'hits' }).every((id) => id < 1_000)).toBe(true);
  const highest = draw({ ...drawn, workload: 'sets' }).reduce((a, b) => Math.max(a, b));
  expect(highest).toBeGreaterThan(2_900);
  expect(highest).toBeLessThan(idsOf({ workload: 'sets', entries: 1_000 }));
});

test('popular ids are scattered', () => {
  const counts = new Map<number, number>();
  for (const id of draw({ ...drawn, workload: 'zipf' })) counts.set(id, (counts.get(id) ?? 0) + 1);
  const popular = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 10)
    .map(([id]) => id);
  expect(Math.max(...popular) - Math.min(...popular)).toBeGreaterThan(1_000);
});

test('a trace goes on where the last round stopped, and begins again', () => {
  const trace = Uint32Array.of(1, 2, 3, 4, 5);
  expect([...stretch(trace, { count: 3, round: 0 })]).toEqual([1, 2, 3]);
  expect([...stretch(trace, { count: 3, round: 1 })]).toEqual([4, 5, 1]);
});
