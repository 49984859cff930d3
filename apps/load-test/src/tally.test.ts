import { expect, test } from '@jest/globals';
import type { Answer } from '@ringcache/cache-core';

import { Tally } from './tally.js';

const answer = (source: Answer['source']): Answer => ({
  value: new Uint8Array(),
  version: 0,
  ttlMs: 1,
  source,
  servedBy: 'n',
});

test('unknown keys are answers, neither hits nor failures', () => {
  const tally = new Tally();
  expect(tally.hitRatio).toBe(0);
  for (const source of ['main', 'hot', 'main', 'load'] as const) tally.answered(answer(source));
  for (const code of ['not_found', 'unavailable', 'deadline', 'unavailable']) tally.failedWith(code);
  expect(JSON.parse(JSON.stringify(tally))).toEqual({
    total: 8,
    hits: 3,
    loaded: 1,
    notFound: 1,
    failures: 3,
    failed: { unavailable: 2, deadline: 1 },
    hitRatio: 0.75,
  });
});
