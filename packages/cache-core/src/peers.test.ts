import { afterEach, describe, expect, test } from '@jest/globals';

import type { Dial } from './contracts.js';
import { CacheError } from './errors.js';
import { Group } from './group.js';
import type { View, ViewMember } from './membership/view.js';
import type { ViewDirectory } from './membership/view-directory.js';
import { Peers } from './peers.js';
import { ManualClock, settled } from './testing/manual-clock.js';

const self: ViewMember = { id: 'a', grpc: 'a:1', http: '', weight: 1, incarnation: '' };
const b: ViewMember = { ...self, id: 'b', grpc: 'b:1' };
const c: ViewMember = { ...self, id: 'c', grpc: 'c:1' };

/** Clients that only tell when they are made and closed. */
function setUp(close: () => Promise<void> = async () => {}) {
  const log: string[] = [];
  const refuse = () => Promise.reject(new Error('not in this test'));
  const dial: Dial = (member) => {
    log.push(`dial ${member.id} ${member.grpc}`);
    const closed = () => {
      log.push(`close ${member.id} ${member.grpc}`);
      return close();
    };
    return { fetch: refuse, peek: refuse, write: refuse, drop: refuse, exchange: refuse, close: closed };
  };
  const errors: string[] = [];
  const clock = new ManualClock();
  const onError = (error: Error) => errors.push(error.message);
  const peers = new Peers({ self, dial, exchanges: false, replicas: 8, clock, handoffMs: 1000, onError });
  open.push(peers);
  return { peers, log, errors, clock };
}

const open: Peers[] = [];
afterEach(async () => {
  for (const peers of open.splice(0)) await peers.close();
});

describe('Peers', () => {
  test('begins alone; without a list that has it, a node acts as the owner of nothing', () => {
    const { peers } = setUp();
    expect(peers.ring.members).toEqual([self]);
    expect(peers.actsAsOwner('any')).toBe(true);
    peers.update([self, b]);
    expect(peers.others()).toEqual([b]);
    for (const list of [[], [b]]) {
      peers.update(list);
      expect([peers.isInView, peers.mayAct, peers.actsAsOwner('any')]).toEqual([false, false, false]);
    }
  });

  test('dials a member when it is first asked for, and once', () => {
    const { peers, log } = setUp();
    peers.update([self, b, c]);
    expect(log).toEqual([]);
    expect(peers.client(b)).toBe(peers.client(b));
    expect(log).toEqual(['dial b b:1']);
  });

  test('closes the clients of members that moved, at once, and of those that left, when the handoff is over', async () => {
    const { peers, log, clock } = setUp();
    peers.update([self, b, c]);
    const kept = peers.client(c);
    peers.client(b);
    const moved = { ...b, grpc: 'b:2' };
    peers.update([self, moved, c]);
    expect(peers.client(c)).toBe(kept);
    peers.client(moved);
    peers.update([self, c]);
    peers.client(moved); // a previous owner, asked for what it holds
    await clock.advance(999);
    expect(log.at(-1)).toBe('dial b b:2');
    await clock.advance(1);
    expect(log).toEqual(['dial c c:1', 'dial b b:1', 'close b b:1', 'dial b b:2', 'close b b:2']);
  });

  test('a member that is back under its id at another address is dialled there, however it left', async () => {
    const { peers, log } = setUp();
    peers.update([self, b]);
    peers.client(b);
    peers.update([self]); // its client stays for the handoff
    const moved = { ...b, grpc: 'b:2' };
    peers.update([self, moved]);
    peers.client(moved);
    expect(log).toEqual(['dial b b:1', 'close b b:1', 'dial b b:2']);
  });

  test('a member that is elsewhere now is not asked for what its id held before', () => {
    const { peers } = setUp();
    peers.update([self, b]);
    const key = Array.from({ length: 100 }, (_, i) => `key-${i}`).find((each) => !peers.owns(each))!;
    peers.update([self]);
    expect(peers.ownerBefore(key)).toEqual(b);
    peers.update([self, { ...b, grpc: 'b:2' }]);
    peers.update([self, { ...b, grpc: 'b:2', weight: 1e-3 }]);
    expect(peers.ownerBefore(key)).not.toEqual(b);
  });

  test('a breaker that is open for an address says nothing of the next one', () => {
    const { peers } = setUp();
    peers.update([self, b, c]);
    peers.breakers.failed('b');
    peers.breakers.failed('c');
    peers.update([self, { ...b, grpc: 'b:2' }, c]);
    expect(peers.breakers.suspects()).toEqual(['c']);
  });

  test('makes no ring of a list that has not changed', () => {
    const { peers } = setUp();
    peers.update([self, b]);
    const { ring } = peers;
    peers.update([b, self], true);
    expect(peers.ring).toBe(ring);
    expect(peers.stale).toBe(true);
    expect(() => peers.update([b, b])).toThrow(/there twice/);
    peers.update([self, { ...b, http: 'b:80' }]);
    expect(peers.ring).not.toBe(ring);
  });

  test('says when the members ask for more points than a ring can have', () => {
    const { peers, errors } = setUp();
    const heavy = [self, b, c].map((member) => ({ ...member, weight: 1_000_000 }));
    peers.update(heavy);
    expect(errors).toEqual([expect.stringMatching(/^the 3 members ask for more points than a ring can have/)]);
  });

  test('tells listeners of an update after it holds, until they leave', () => {
    const { peers } = setUp();
    const seen: number[] = [];
    const stop = peers.onUpdate((now) => seen.push(now.ring.size));
    peers.update([self, b]);
    stop();
    peers.update([self, b, c]);
    expect(seen).toEqual([2]);
  });

  test('shows its ring, equal on nodes that see the same members', () => {
    const { peers } = setUp();
    peers.update([b, self], true);
    const view = peers.view();
    expect(view).toMatchObject({ self: 'a', dialect: 'ringcache', replicas: 8, stale: true });
    expect(view.members.map((member) => member.id)).toEqual(['a', 'b']);
    const other = new Peers({ self: b, dial: () => Promise.reject() as never, exchanges: false, replicas: 8 });
    other.update([self, b]);
    expect(other.view().fingerprint).toBe(view.fingerprint);
  });

  test('keeps the client of a member that left and came back', async () => {
    const { peers, log, clock } = setUp();
    peers.update([self, b]);
    const kept = peers.client(b);
    peers.update([self]);
    await clock.advance(500);
    peers.update([self, b]);
    await clock.advance(5000);
    expect(peers.client(b)).toBe(kept);
    expect(log).toEqual(['dial b b:1']);
  });

  test('a client that cannot be closed is reported, and disturbs nobody', async () => {
    const { peers, errors, clock } = setUp(() => Promise.reject(new Error('stuck')));
    peers.update([self, b]);
    peers.client(b);
    peers.update([self]);
    await clock.advance(1000);
    await settled();
    expect(errors).toEqual(['stuck']);
  });
});

test('members of a list that exchange with each other keep the clients that they have', async () => {
  const clock = new ManualClock();
  const log: string[] = [];
  const all = new Map<string, Peers>();
  const silent = () => Promise.reject(new CacheError('unavailable', 'nobody is there'));
  for (const id of ['a', 'b', 'c']) {
    const dial: Dial = (to) => {
      log.push(`${id} dials ${to.id}`);
      return {
        ...{ fetch: silent, peek: silent, write: silent, drop: async () => {} },
        exchange: async (request) => all.get(to.id)!.answer(request),
        close: async () => void log.push(`${id} hangs up on ${to.id}`),
      };
    };
    const me = { ...self, id, grpc: `${id}:1` };
    all.set(id, new Peers({ self: me, incarnation: `${id}1`, dial, replicas: 8, clock }));
  }
  open.push(...all.values());
  const members = [...all.values()].map((peers) => peers.self);
  for (const peers of all.values()) peers.update(members);
  await clock.advance(5_000);
  for (const peers of all.values()) {
    const targets = peers.invalidationTargets();
    expect(targets).toHaveLength(2);
    for (const target of [...targets, ...peers.others()]) peers.client(target);
  }
  expect([...log].sort()).toEqual(['a dials b', 'a dials c', 'b dials a', 'b dials c', 'c dials a', 'c dials b']);
});

test('a member of a list that is at another address now is asked there at once, and nowhere else', async () => {
  const asked: string[] = [];
  const silent = () => Promise.reject(new CacheError('unavailable', 'nobody is there'));
  const dial: Dial = ({ grpc }) => ({
    ...{ fetch: silent, peek: silent, write: silent, drop: silent },
    exchange: () => {
      asked.push(grpc);
      return silent();
    },
    close: async () => {},
  });
  const clock = new ManualClock();
  const peers = new Peers({ self, dial, replicas: 8, clock });
  open.push(peers);
  peers.update([self, b]);
  await clock.advance(1_000);
  expect(new Set(asked)).toEqual(new Set(['b:1']));
  asked.length = 0;
  peers.update([self, { ...b, grpc: 'b:2' }]);
  await clock.advance(1_000);
  expect(new Set(asked)).toEqual(new Set(['b:2']));
});

describe('a member whose views are in a directory', () => {
  const me: ViewMember = { ...self, incarnation: '1' };
  const other: ViewMember = { ...b, incarnation: '1' };
  const viewOf = (number: number, members: readonly ViewMember[]): View => {
    return { id: `${number}`, lineage: 'l', number, members, before: number === 1 ? [] : members, armed: true };
  };

  /** A directory that says what the test has it say, and another member that never answers. */
  async function setUpWithDirectory(record: View) {
    const clock = new ManualClock();
    const state = { record, isAway: false };
    const away = () => Promise.reject(new CacheError('unavailable', 'nobody is there'));
    const directory: ViewDirectory = {
      renew: async () => (state.isAway ? away() : { registered: [me, other], record: state.record, revision: '1' }),
      replace: async () => false,
      leave: async () => {},
    };
    const dial: Dial = () => ({
      ...{ fetch: away, peek: away, write: away, drop: away, exchange: away },
      close: async () => {},
    });
    const peers = new Peers({ self, incarnation: '1', directory, dial, replicas: 8, clock, random: () => 0.5 });
    const group = new Group({ name: 'kv', peers, clock });
    open.push(peers);
    peers.start();
    await clock.advance(5_000);
    let key = 'key';
    while (!peers.owns(key)) key += '+';
    await group.own({ op: 'set', key, value: Buffer.from('v') });
    return { clock, state, peers, group, key };
  }

  test('serves nothing of what it held once it has skipped a view: it may have missed writes', async () => {
    const { clock, state, peers, group, key } = await setUpWithDirectory(viewOf(1, [me]));
    expect(group.held(key)).toBeDefined();
    state.record = viewOf(3, [me]);
    await clock.advance(10_000);
    expect([peers.viewNumber, peers.mayAct, peers.isActive]).toEqual([3, true, true]);
    expect(group.held(key)).toBeUndefined();
    group.close();
  });

  test('goes on with what it held in a view that follows', async () => {
    const { clock, state, peers, group, key } = await setUpWithDirectory(viewOf(1, [me]));
    state.record = viewOf(2, [me]);
    await clock.advance(10_000);
    expect(peers.viewNumber).toBe(2);
    expect(group.held(key)).toBeDefined();
    group.close();
  });

  test('in doubt serves nothing and makes no change, drops nothing, and goes on with it when the doubt is over', async () => {
    const { clock, state, peers, group, key } = await setUpWithDirectory(viewOf(1, [me, other]));
    state.isAway = true; // and the other member is silent
    await clock.advance(3_000);
    expect([peers.isInView, peers.mayAct]).toEqual([true, false]);
    expect(group.held(key)).toBeUndefined();
    await expect(group.own({ op: 'set', key, value: Buffer.from('w') })).rejects.toMatchObject({ code: 'not_owner' });
    state.isAway = false;
    await clock.advance(3_000);
    expect(Buffer.from(group.held(key)!.value).toString()).toBe('v');
    group.close();
  });
});
