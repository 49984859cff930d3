import { beforeEach, describe, expect, test } from '@jest/globals';
import { CacheError, type CallOptions, type Member, type MemberReport } from '@ringcache/cache-core';
import { ManualClock, settled } from '@ringcache/cache-core/testing';

import { ASK_TIMEOUT_MS, ClusterWatch, MAX_LISTENERS } from './cluster-watch.js';
import type { Watched } from './member-state.js';

let clock: ManualClock;
let ids: string[];
let silent: Set<string>;
let asked: string[];
let watch: ClusterWatch;

function member(id: string): Member {
  return { id, grpc: id, http: '', weight: 1 };
}

beforeEach(() => {
  clock = new ManualClock();
  ids = ['a', 'b', 'c'];
  silent = new Set();
  asked = [];
  watch = new ClusterWatch({
    ring: () => ({
      self: 'a',
      members: ids.map(member),
      dialect: 'ringcache',
      replicas: 1,
      fingerprint: '',
      stale: false,
    }),
    adminOf: ({ id }) => ({ report: (options) => reportOf(id, options) }),
    clock,
    wallClock: () => clock.now(),
  });
});

/** As a client does: an answer at once, or none until the caller's time is up. */
async function reportOf(id: string, { timeoutMs }: CallOptions = {}): Promise<MemberReport> {
  asked.push(id);
  if (!silent.has(id))
    return { member: member(id), state: 'live', suspects: [], uptimeMs: clock.now() } as unknown as MemberReport;
  await new Promise<void>((resolve) => clock.setTimeout(resolve, timeoutMs!));
  throw new CacheError('deadline', 'no answer');
}

function listening() {
  const heard: (readonly Watched[])[] = [];
  const stop = watch.listen((watched) => heard.push(watched));
  return { heard, stop };
}

test('nobody is asked while no page listens', async () => {
  await clock.advance(10_000);
  expect(asked).toEqual([]);
  const { stop } = listening();
  await clock.advance(2_500);
  stop();
  const before = asked.length;
  expect(before).toBe(9);
  await clock.advance(10_000);
  expect(asked).toHaveLength(before);
  expect(clock.pending).toBe(0);
});

test('pages that listen together share the answers', async () => {
  const pages = Array.from({ length: 10 }, listening);
  await clock.advance(2_500);
  expect(asked).toHaveLength(9);
  expect(pages.map(({ heard }) => heard.length)).toEqual(Array(10).fill(3));
});

test('a member that does not answer holds up nobody, and is a problem when its time is up', async () => {
  silent.add('b');
  const { heard } = listening();
  await clock.advance(300);
  expect(heard[0]!.map(({ report, problem }) => [report !== undefined, problem])).toEqual([
    [true, undefined],
    [false, undefined],
    [true, undefined],
  ]);
  await clock.advance(ASK_TIMEOUT_MS + 1_000);
  expect(heard.at(-1)!.find(({ member }) => member.id === 'b')!.problem).toBe('did not answer within 2 s');
  expect(heard.at(-1)!.find(({ member }) => member.id === 'c')!.report!.uptimeMs).toBeGreaterThanOrEqual(2_000);
  expect(asked.filter((id) => id === 'b')).toHaveLength(2); // never twice at a time
  silent.delete('b');
  await clock.advance(ASK_TIMEOUT_MS + 2_000);
  expect(heard.at(-1)!.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined]);
});

describe('a ring that changes', () => {
  test('is told at once, and a newcomer is asked at once', async () => {
    const { heard } = listening();
    await clock.advance(500);
    const before = heard.length;
    ids.push('d');
    watch.ringChanged();
    expect(heard).toHaveLength(before + 1);
    expect(heard.at(-1)!.map(({ member }) => member.id)).toEqual(['a', 'b', 'c', 'd']);
    expect(asked.at(-1)).toBe('d');
  });

  test('keeps a member that left in view, asks it for as long as it answers, and forgets it after ten minutes', async () => {
    const { heard } = listening();
    await clock.advance(500);
    ids = ['a', 'c'];
    watch.ringChanged();
    await settled();
    expect(heard.at(-1)!.map(({ member, leftAt }) => [member.id, leftAt])).toEqual([
      ['a', undefined],
      ['c', undefined],
      ['b', 500],
    ]);
    expect(asked.slice(-3)).toContain('b');
    silent.add('b');
    await clock.advance(10_000);
    const questions = asked.filter((id) => id === 'b').length;
    await clock.advance(10_000);
    expect(asked.filter((id) => id === 'b')).toHaveLength(questions);
    await clock.advance(10 * 60_000);
    expect(heard.at(-1)!.map(({ member }) => member.id)).toEqual(['a', 'c']);
  });

  test('shows a member that comes back as one of the ring', async () => {
    const { heard } = listening();
    ids = ['a', 'b'];
    watch.ringChanged();
    ids = ['a', 'b', 'c'];
    watch.ringChanged();
    expect(heard.at(-1)!.find(({ member }) => member.id === 'c')!.leftAt).toBeUndefined();
  });

  test('keeps at most fifty that left, the latest', async () => {
    const { heard } = listening();
    for (let i = 0; i < 60; i++) {
      ids = ['a', `x${i}`];
      watch.ringChanged();
      await clock.advance(10);
    }
    ids = ['a'];
    watch.ringChanged();
    const gone = heard.at(-1)!.filter(({ leftAt }) => leftAt !== undefined);
    expect(gone).toHaveLength(50);
    expect(gone.some(({ member }) => member.id === 'x59')).toBe(true);
    expect(gone.some(({ member }) => member.id === 'x0')).toBe(false);
  });
});

test('a hundred pages may listen, and the next is refused until one goes', () => {
  const pages = Array.from({ length: MAX_LISTENERS }, listening);
  expect(listening).toThrow(expect.objectContaining({ code: 'overloaded' }));
  pages[0]!.stop();
  expect(listening).not.toThrow();
});

test('when the node leaves nobody is asked any more, and pages that come are told', async () => {
  const { heard } = listening();
  await clock.advance(500);
  watch.close();
  const before = heard.length;
  await clock.advance(5_000);
  expect(heard).toHaveLength(before);
  expect(clock.pending).toBe(0);
  expect(listening).toThrow('this node is leaving the ring');
});
