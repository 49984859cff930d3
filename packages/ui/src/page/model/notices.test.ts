import { expect, test } from '@jest/globals';
import type { ClusterState, MemberView, RingPicture } from '../../api.js';
import { changesBetween } from './announcements.js';
import { noticesOf } from './notices.js';

function view(id: string, more: Partial<MemberView> = {}): MemberView {
  const base = { member: { id, grpc: id, http: '', weight: 1 }, state: 'live', suspectedBy: [], report: undefined };
  return { ...base, problem: undefined, leftAt: undefined, ...more } as MemberView;
}

const state = (...members: MemberView[]): ClusterState => ({ at: 0, reports: true, members });
const ring = (fingerprint: string, stale = false) => ({ view: { fingerprint, stale } }) as RingPicture;
const seeing = (fingerprint: string) => ({ ring: { fingerprint } }) as MemberView['report'];
const textsOf = (...given: Parameters<typeof noticesOf>) => noticesOf(...given).map(({ text }) => text);

test('nothing stands out where all is well, or nothing is known yet', () => {
  expect(textsOf(undefined, undefined)).toEqual([]);
  expect(textsOf(state(view('a', { report: seeing('1') })), ring('1'))).toEqual([]);
});

test('a member that does not answer is named with the reason', () => {
  expect(textsOf(state(view('node 2', { problem: 'did not answer within 2 s' })), ring('1'))).toEqual([
    'node 2 did not answer within 2 s.',
  ]);
});

test('a member that only others cannot reach is told as such', () => {
  expect(textsOf(state(view('a', { suspectedBy: ['b', 'c'] })), ring('1'))).toEqual([
    'b and c cannot reach a, though it answers here.',
  ]);
});

test('rings that differ stand out, but for those of members that left or do not answer', () => {
  const members = [
    view('a', { report: seeing('1') }),
    view('b', { report: seeing('2') }),
    view('c', { report: seeing('2'), leftAt: 1 }),
    view('d', { report: seeing('2'), problem: 'cannot be reached' }),
  ];
  expect(textsOf(state(...members), ring('1'))).toContain('Rings differ: b sees other members than this node.');
});

test('a ring that is of before is told', () => {
  expect(textsOf(state(), ring('1', true))).toEqual(['Discovery is out of reach: the last ring stays in force.']);
});

test('who joins, leaves and falls silent is announced once', () => {
  const before = state(view('a'), view('b'), view('c'), view('d', { leftAt: 1, state: 'gone' }));
  const after = state(
    view('a', { state: 'suspect', problem: 'cannot be reached' }),
    view('b', { leftAt: 2, state: 'gone' }),
    view('c'),
    view('d'),
    view('e'),
  );
  expect(changesBetween(before, after)).toEqual([
    'a cannot be reached.',
    'b left the ring.',
    'd joined the ring.',
    'e joined the ring.',
  ]);
  expect(changesBetween(after, after)).toEqual([]);
});
