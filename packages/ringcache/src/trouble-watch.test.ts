import { expect, test } from '@jest/globals';
import type { Trouble } from '@ringcache/cache-core';
import { ManualClock } from '@ringcache/cache-core/testing';

import { TroubleWatch } from './trouble-watch.js';

const silent: Trouble = { kind: 'silent', member: 'b', message: 'b at b:1 does not answer' };

test('a trouble that lasts is reported once when it has, and once when it is over; a short one is not', async () => {
  const clock = new ManualClock();
  let troubles: Trouble[] = [silent];
  const told: string[] = [];
  const report = ({ kind, member, isOver }: { kind: string; member: string; isOver: boolean }) =>
    told.push(`${kind} ${member}${isOver ? ' is over' : ''}`);
  const watch = new TroubleWatch({ clock, troubles: () => troubles, report });
  await clock.advance(2_000);
  troubles = [];
  await clock.advance(2_000);
  expect(told).toEqual([]);
  troubles = [silent, { ...silent, kind: 'unheard', member: 'c' }];
  await clock.advance(60_000);
  expect(told).toEqual(['silent b', 'unheard c']);
  troubles = [silent];
  await clock.advance(60_000);
  expect(told).toEqual(['silent b', 'unheard c', 'unheard c is over']);
  watch.close();
  expect(clock.pending).toBe(0);
});
