import { afterEach, describe, expect, test } from '@jest/globals';

import type { Dial } from './contracts.js';
import type { Member } from './member.js';
import { Peers } from './peers.js';
import { ManualClock, settled } from './testing/manual-clock.js';

const self: Member = { id: 'a', grpc: 'a:1', http: '', weight: 1 };
const b: Member = { id: 'b', grpc: 'b:1', http: '', weight: 1 };
const c: Member = { id: 'c', grpc: 'c:1', http: '', weight: 1 };

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
    return { fetch: refuse, peek: refuse, write: refuse, drop: refuse, pledge: refuse, close: closed };
  };
  const errors: string[] = [];
  const clock = new ManualClock();
  const onError = (error: Error) => errors.push(error.message);
  const peers = new Peers({ self, dial, replicas: 8, clock, handoffMs: 1000, onError });
  open.push(peers);
  return { peers, log, errors, clock };
}

const open: Peers[] = [];
afterEach(async () => {
  for (const peers of open.splice(0)) await peers.close();
});

describe('Peers', () => {
  test('begins alone, and is alone again when the list is empty', () => {
    const { peers } = setUp();
    expect(peers.ring.members).toEqual([self]);
    peers.update([self, b]);
    expect(peers.others()).toEqual([b]);
    peers.update([]);
    expect(peers.ring.members).toEqual([self]);
    expect(peers.owns('any')).toBe(true);
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
    expect(peers.previousOwners(key)).toEqual([b]);
    peers.update([self, { ...b, grpc: 'b:2' }]);
    peers.update([self, { ...b, grpc: 'b:2', weight: 1e-3 }]);
    expect(peers.previousOwners(key)).not.toContainEqual(b);
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
    const other = new Peers({ self: b, dial: () => Promise.reject() as never, replicas: 8 });
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
