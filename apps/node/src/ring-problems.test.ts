import { expect, test } from '@jest/globals';
import type { RingMember } from '@ringcache/hashring';

import { type RingSettings, ringProblems } from './ring-problems.js';

const BASE: RingSettings = {
  ring: { dialect: 'groupcache', replicas: 8_192 },
  member: { weight: 1 },
  discovery: { type: 'etcd', members: [] },
};
const listed = (...members: RingMember[]) => ({ discovery: { type: 'static', members } });
const problemsOf = (change: Partial<RingSettings>) =>
  ringProblems({ ...BASE, ...change }).map(({ path, message }) => `${path.join('.')} ${message}`);

test('members of which a ring can be made are no problem', () => {
  expect(problemsOf({})).toEqual([]);
  expect(problemsOf(listed({ id: 'a' }, { id: 'b', weight: 100 }))).toEqual([]);
});

test('weights that ask for too many points are one, where they are not divided', () => {
  const heavy = listed({ id: 'a', weight: 300 }, { id: 'b', weight: 300 });
  expect(problemsOf(heavy)).toEqual([
    'discovery.members makes no ring: members × replicas × weight is 4915200 points, over 4194304: lower replicas or weights',
  ]);
  expect(problemsOf({ ...heavy, ring: { dialect: 'ringcache' } })).toEqual([]);
  expect(problemsOf({ member: { weight: 600 } })).toEqual([expect.stringMatching(/^member\.weight makes no ring/)]);
});

test('an id that is listed twice is one', () => {
  expect(problemsOf(listed({ id: 'a' }, { id: 'a' }))).toEqual([
    'discovery.members makes no ring: member "a" is there twice',
  ]);
});
