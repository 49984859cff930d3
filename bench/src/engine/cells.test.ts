import { expect, test } from '@jest/globals';

import { cellsOf } from './cells.js';

test('each workload runs with the kinds of keys that make sense for it, at every size', () => {
  expect(
    cellsOf({ workloads: ['zipf', 'sets'], keys: ['fresh', 'bytes'], entries: [10, 20], traceEntries: undefined }),
  ).toEqual([
    { workload: 'zipf', keys: 'fresh', entries: 10 },
    { workload: 'zipf', keys: 'bytes', entries: 10 },
    { workload: 'zipf', keys: 'fresh', entries: 20 },
    { workload: 'zipf', keys: 'bytes', entries: 20 },
    { workload: 'sets', keys: 'fresh', entries: 10 },
    { workload: 'sets', keys: 'fresh', entries: 20 },
  ]);
});

test('a trace runs once, with its own size, and not at all if there is none', () => {
  const choice = { workloads: ['trace'], keys: ['repeated'], entries: [10, 20] } as const;
  expect(cellsOf({ ...choice, traceEntries: 7 })).toEqual([{ workload: 'trace', keys: 'repeated', entries: 7 }]);
  expect(cellsOf(choice)).toEqual([]);
});
