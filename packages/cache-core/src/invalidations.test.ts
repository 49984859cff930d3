import { expect, test } from '@jest/globals';

import type { PeerClient } from './contracts.js';
import { CacheError } from './errors.js';
import { Invalidations } from './invalidations.js';
import { keyOf, type ViewMember } from './membership/view.js';

const member: ViewMember = { id: 'b', grpc: 'b:1', http: '', weight: 1, incarnation: '1' };
const NAME = keyOf(member);

/** Invalidations to a member that does what it is told to. */
function setUp() {
  const sent: string[] = [];
  let answer: () => Promise<void> = async () => {};
  const drop: PeerClient['drop'] = (group, { key, version }) => {
    sent.push(`${group}/${key ?? '*'} ${version}`);
    return answer();
  };
  const invalidations = new Invalidations({ client: () => ({ drop }) as PeerClient, keyOf, timeoutMs: 100 });
  const answers = (next: () => Promise<void>) => {
    answer = next;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { sent, invalidations, answers, settled };
}

test('what a member missed is sent again, all of it, and forgotten when it was acknowledged', async () => {
  const { sent, invalidations, settled } = setUp();
  invalidations.queueMissed(member, { group: 'g', key: 'k', version: 1, keepsOwned: true });
  invalidations.queueMissed(member, { group: 'g', key: 'l', version: 2, keepsOwned: true });
  invalidations.queueMissed(member, { group: 'h', key: undefined, version: 3, keepsOwned: true });
  expect(invalidations.hasMissed(NAME)).toBe(true);
  invalidations.resend(NAME);
  await settled();
  expect(sent).toEqual(['g/k 1', 'g/l 2', 'h/* 3']);
  expect(invalidations.hasMissed(NAME)).toBe(false);
  invalidations.resend(NAME);
  expect(sent).toHaveLength(3);
});

test('what is not acknowledged stays, and is sent with the next question', async () => {
  const { sent, invalidations, answers, settled } = setUp();
  answers(() => Promise.reject(new CacheError('unavailable', 'silent')));
  invalidations.queueMissed(member, { group: 'g', key: 'k', version: 1, keepsOwned: true });
  invalidations.resend(NAME);
  invalidations.resend(NAME); // while the first is under way
  await settled();
  expect(sent).toHaveLength(1);
  expect(invalidations.hasMissed(NAME)).toBe(true);
  answers(async () => {});
  invalidations.resend(NAME);
  await settled();
  expect(invalidations.hasMissed(NAME)).toBe(false);
});

test('a later write of a key that is just being sent again is sent too', async () => {
  const { sent, invalidations, answers, settled } = setUp();
  let acknowledge!: () => void;
  answers(
    () =>
      new Promise((resolve) => {
        acknowledge = resolve;
      }),
  );
  invalidations.queueMissed(member, { group: 'g', key: 'k', version: 1, keepsOwned: true });
  invalidations.resend(NAME);
  invalidations.queueMissed(member, { group: 'g', key: 'k', version: 2, keepsOwned: true });
  acknowledge();
  await settled();
  expect(invalidations.hasMissed(NAME)).toBe(true);
  answers(async () => {});
  invalidations.resend(NAME);
  await settled();
  expect(sent).toEqual(['g/k 1', 'g/k 2']);
  expect(invalidations.hasMissed(NAME)).toBe(false);
});

test('a write while "everything" is being sent again is not forgotten', async () => {
  const { sent, invalidations, answers, settled } = setUp();
  let acknowledge!: () => void;
  answers(
    () =>
      new Promise((resolve) => {
        acknowledge = resolve;
      }),
  );
  invalidations.queueMissed(member, { group: 'g', key: undefined, version: 1, keepsOwned: true });
  invalidations.resend(NAME);
  invalidations.queueMissed(member, { group: 'g', key: 'k', version: 2, keepsOwned: true });
  acknowledge();
  await settled();
  expect(invalidations.hasMissed(NAME)).toBe(true);
  answers(async () => {});
  invalidations.resend(NAME);
  await settled();
  expect(sent).toEqual(['g/* 1', 'g/* 2']);
});

test('a member that missed very many keys is told to drop the whole group, once', async () => {
  const { sent, invalidations, settled } = setUp();
  for (let i = 0; i < 5_000; i++)
    invalidations.queueMissed(member, { group: 'g', key: `k${i}`, version: i, keepsOwned: true });
  invalidations.resend(NAME);
  await settled();
  expect(sent).toEqual(['g/* 4999']);
});

test('a clear among very many missed keys still reaches what the member owns', () => {
  const told: boolean[] = [];
  const drop: PeerClient['drop'] = async (_, { key, keepsOwned }) => {
    if (key === undefined) told.push(keepsOwned);
  };
  const invalidations = new Invalidations({ client: () => ({ drop }) as PeerClient, keyOf, timeoutMs: 100 });
  for (const key of ['before', undefined, 'after']) {
    invalidations.queueMissed(member, { group: 'g', key, version: 1, keepsOwned: key !== undefined });
  }
  invalidations.resend(NAME);
  expect(told).toEqual([false]);
});

test('what is owed to a member that gets no grants any more is forgotten', () => {
  const { invalidations } = setUp();
  invalidations.queueMissed(member, { group: 'g', key: 'k', version: 1, keepsOwned: false });
  invalidations.keep(new Set([NAME]));
  expect(invalidations.hasMissed(NAME)).toBe(true);
  invalidations.keep(new Set([keyOf({ ...member, incarnation: '2' })]));
  expect(invalidations.hasMissed(NAME)).toBe(false);
});

test('what was owed for copies is forgotten with the view, what is to be deleted at an owner is not', async () => {
  const { sent, invalidations, settled } = setUp();
  invalidations.queueMissed(member, { group: 'g', key: 'copy', version: 1, keepsOwned: true });
  invalidations.queueMissed(member, { group: 'g', key: 'deleted', version: 2, keepsOwned: false });
  invalidations.viewChanged();
  invalidations.resend(NAME);
  await settled();
  expect(sent).toEqual(['g/deleted 2']);
});
