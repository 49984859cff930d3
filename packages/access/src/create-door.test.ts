import { afterEach, describe, expect, test } from '@jest/globals';
import type { Caller } from '@ringcache/cache-core';
import { ManualClock } from '@ringcache/cache-core/testing';

import { createDoor, type DoorOptions, type OpenDoor } from './create-door.js';

const READER = 'reader-0123456789';
const ADMIN = 'admin-01234567890';
const PEER = 'peer-012345678901';
const TOKENS: DoorOptions['tokens'] = [
  { token: READER, role: 'read', groups: ['g'] },
  { token: ADMIN, role: 'admin' },
];

const caller = (token?: string, certificate?: string[]): Caller => ({ address: '10.0.0.1', token, certificate });
const refused = (code: string) => expect.objectContaining({ code });

const open: OpenDoor[] = [];
afterEach(() => {
  for (const door of open.splice(0)) door.close();
});

function door(options: DoorOptions): OpenDoor {
  const made = createDoor({ clock: new ManualClock(), ...options });
  open.push(made);
  return made;
}

describe('a door without tokens', () => {
  test('lets everybody read and write, and take itself for a member', () => {
    const { admit } = bound(door({}));
    for (const access of ['read', 'write', 'peer'] as const) admit(caller(), access, 'g', 1);
  });

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('lets %s administrate, which is this machine', (address) => {
    const { admit } = bound(door({}));
    admit({ ...caller(), address }, 'admin', '', 1);
  });

  test.each(['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', ''])(
    'does not let "%s" administrate, and says what would',
    (address) => {
      const made = door({});
      const { admit } = bound(made);
      const elsewhere = { ...caller('any-token-at-all-0'), address };
      expect(() => admit(elsewhere, 'admin', '', 1)).toThrow(refused('permission_denied'));
      expect(() => admit(elsewhere, 'admin', 'g', 1)).toThrow(/access\.tokens.*role admin/);
      expect(made.refusals()).toMatchObject({ permission_denied: 2 });
    },
  );

  test('lets members administrate from wherever they are', () => {
    const byToken = bound(door({ peerToken: PEER }));
    byToken.admit(caller(PEER), 'admin', '', 1);
    expect(() => byToken.admit(caller(), 'admin', '', 1)).toThrow(refused('permission_denied'));
    const byCertificate = bound(door({ peerNames: ['*.cache.example'] }));
    byCertificate.admit(caller(undefined, ['a.cache.example']), 'admin', '', 1);
    expect(() => byCertificate.admit(caller(undefined, ['a.example']), 'admin', '', 1)).toThrow(
      refused('permission_denied'),
    );
  });

  test('is closed to those who are no members once it can tell', () => {
    const { admit } = bound(door({ peerToken: PEER }));
    admit(caller(), 'write', 'g', 1);
    admit(caller(PEER), 'peer', 'g', 1);
    for (const token of [undefined, READER]) {
      expect(() => admit(caller(token), 'peer', 'g', 1)).toThrow(refused('permission_denied'));
    }
  });
});

describe('a door with tokens', () => {
  test('lets in who shows one that is good for what is wanted', () => {
    const made = door({ tokens: TOKENS, peerToken: PEER });
    const { admit } = bound(made);
    admit(caller(READER), 'read', 'g', 1);
    admit(caller(ADMIN), 'write', 'h', 1);
    admit(caller(ADMIN), 'admin', '', 1);
    expect(() => admit(caller(), 'read', 'g', 1)).toThrow(refused('unauthenticated'));
    expect(() => admit(caller('who-knows-whose-token'), 'read', 'g', 1)).toThrow(refused('unauthenticated'));
    expect(() => admit(caller(READER), 'read', 'h', 1)).toThrow('the token does not allow read in group "h"');
    expect(() => admit(caller(READER), 'write', 'g', 1)).toThrow(refused('permission_denied'));
    expect(() => admit(caller(READER), 'admin', '', 1)).toThrow(refused('permission_denied'));
    expect(made.refusals()).toMatchObject({ unauthenticated: 2, permission_denied: 3 });
  });

  test('takes no client for a member, whatever it may do, and a member for a client', () => {
    const { admit } = bound(door({ tokens: TOKENS, peerToken: PEER }));
    expect(() => admit(caller(ADMIN), 'peer', 'g', 1)).toThrow(refused('permission_denied'));
    admit(caller(PEER), 'read', 'g', 1);
  });

  test('is refused where anybody is a member, so that it would guard nothing', () => {
    expect(() => createDoor({ tokens: TOKENS })).toThrow(refused('invalid_argument'));
    expect(() => createDoor({ tokens: TOKENS, peerNames: ['a'] })).not.toThrow();
  });

  test('asks each time who a caller is that comes with another token', () => {
    const { admit } = bound(door({ tokens: TOKENS, peerToken: PEER }));
    const [good, bad] = [caller(READER), caller('who-knows-whose-token')];
    for (let i = 0; i < 3; i++) {
      admit(good, 'read', 'g', 1);
      expect(() => admit(bad, 'read', 'g', 1)).toThrow(refused('unauthenticated'));
    }
  });
});

describe('members by their certificate', () => {
  test.each<[string[], string[] | undefined, boolean]>([
    [['cache-1.example'], ['cache-1.example'], true],
    [['cache-1.example'], ['other', 'CACHE-1.Example'], true],
    [['cache-1.example'], ['cache-2.example'], false],
    [['cache-1.example'], undefined, false],
    [['*.example'], ['cache-7.example'], true],
    [['*.example'], ['a.b.example'], false],
    [['*.example'], ['example'], false],
    [['*.example'], ['.example'], false],
    [['*'], ['anything'], true],
    [['*'], undefined, false],
    [['*'], [], false],
  ])('of the names %j one is in %j: %s', (peerNames, names, isMember) => {
    const { admit } = bound(door({ peerNames }));
    const ask = () => admit(caller(undefined, names), 'peer', 'g', 1);
    if (isMember) ask();
    else expect(ask).toThrow(refused('permission_denied'));
  });
});

describe('how many are let in', () => {
  test('no more keys at a time than the limit, until some leave', () => {
    const made = door({ maxInFlight: 10 });
    const { admit } = bound(made);
    admit(caller(), 'read', 'g', 7);
    expect(() => admit(caller(), 'write', 'g', 4)).toThrow(
      expect.objectContaining({ code: 'overloaded', retryAfterMs: expect.any(Number) }),
    );
    admit(caller(), 'write', 'g', 3);
    expect(made.inFlight).toBe(10);
    made.leave('read', 7);
    admit(caller(), 'read', 'g', 7);
    expect(made.refusals()).toMatchObject({ in_flight: 1 });
  });

  test('members and administrators do not wait for clients', () => {
    const { admit } = bound(door({ maxInFlight: 1, perClient: { perSecond: 1 } }));
    admit(caller(), 'read', 'g', 1);
    for (let i = 0; i < 100; i++) {
      admit(caller(), 'peer', 'g', 1);
      admit({ ...caller(), address: '127.0.0.1' }, 'admin', 'g', 1);
    }
  });

  test('each client by its rate: by its token, whatever address it comes from', () => {
    const made = door({ tokens: TOKENS, peerToken: PEER, perClient: { perSecond: 10, burst: 1 } });
    const { admit } = bound(made);
    admit(caller(READER), 'read', 'g', 1);
    const elsewhere = { ...caller(READER), address: '10.0.0.2' };
    expect(() => admit(elsewhere, 'read', 'g', 1)).toThrow(
      expect.objectContaining({ code: 'overloaded', retryAfterMs: 100 }),
    );
    admit(caller(ADMIN), 'read', 'g', 1);
    expect(made.refusals()).toMatchObject({ rate: 1 });
  });

  test('by its address where it shows no token', () => {
    const { admit } = bound(door({ perClient: { perSecond: 10, burst: 1 } }));
    admit(caller(), 'read', 'g', 1);
    admit({ ...caller(), address: '10.0.0.2' }, 'read', 'g', 1);
    expect(() => admit(caller(), 'read', 'g', 1)).toThrow(refused('overloaded'));
  });

  test('each group by its rate', () => {
    const { admit } = bound(door({ perGroup: (group) => ({ perSecond: group === 'g' ? 1 : 0, burst: 2 }) }));
    admit(caller(), 'read', 'g', 2);
    expect(() => admit(caller(), 'read', 'g', 1)).toThrow(refused('overloaded'));
    admit(caller(), 'read', 'h', 100);
  });

  test('what is refused does not count as in work', () => {
    const made = door({ tokens: TOKENS, peerToken: PEER, perClient: { perSecond: 1, burst: 1 } });
    const { admit } = bound(made);
    admit(caller(READER), 'read', 'g', 1);
    expect(() => admit(caller(READER), 'read', 'g', 1)).toThrow(refused('overloaded'));
    expect(() => admit(caller(), 'read', 'g', 1)).toThrow(refused('unauthenticated'));
    expect(made.inFlight).toBe(1);
  });

  test('fewer while requests wait too long, and all again afterwards', async () => {
    const clock = new ManualClock();
    const made = door({ clock, random: () => 0, shedAboveMs: 50 });
    const { admit } = bound(made);
    for (let i = 0; i < 100; i++) {
      clock.jump(100);
      await clock.advance(0);
    }
    expect(() => admit(caller(), 'read', 'g', 1)).toThrow(
      expect.objectContaining({ code: 'overloaded', retryAfterMs: expect.any(Number) }),
    );
    admit(caller(), 'peer', 'g', 1);
    await clock.advance(2_000);
    admit(caller(), 'read', 'g', 1);
    expect(made.refusals()).toMatchObject({ shed: 1 });
  });
});

function bound(made: OpenDoor) {
  return { admit: made.admit.bind(made) };
}

describe('rules that change', () => {
  test('hold for whoever is in already', () => {
    const made = door({ tokens: TOKENS, peerToken: PEER });
    const { admit } = bound(made);
    const [reader, member] = [caller(READER), caller(PEER)];
    admit(reader, 'read', 'g', 1);
    admit(member, 'peer', 'g', 1);
    made.change({ tokens: [{ token: ADMIN, role: 'admin' }], peerNames: ['node-1'] });
    expect(() => admit(reader, 'read', 'g', 1)).toThrow(refused('unauthenticated'));
    expect(() => admit(member, 'peer', 'g', 1)).toThrow(refused('permission_denied'));
    admit(caller(undefined, ['node-1']), 'peer', 'g', 1);
  });

  test('that are bad change nothing', () => {
    const made = door({ tokens: TOKENS, peerToken: PEER });
    expect(() => made.change({ tokens: TOKENS })).toThrow(refused('invalid_argument'));
    expect(() => made.change({ tokens: [...TOKENS!, ...TOKENS!], peerToken: PEER })).toThrow(
      refused('invalid_argument'),
    );
    bound(made).admit(caller(READER), 'read', 'g', 1);
    expect(() => bound(made).admit(caller(), 'read', 'g', 1)).toThrow(refused('unauthenticated'));
  });

  test('leave a client what it has left of a rate that stays', () => {
    const perGroup = (group: string) => ({ perSecond: group === 'g' ? 1 : 0 });
    const made = door({ perClient: { perSecond: 3 }, perGroup });
    const { admit } = bound(made);
    admit(caller(), 'read', 'h', 2);
    made.change({ perClient: { perSecond: 3 }, perGroup: () => ({ perSecond: 0 }) });
    admit(caller(), 'read', 'g', 1);
    expect(() => admit(caller(), 'read', 'g', 1)).toThrow('too many requests');
    made.change({ perClient: { perSecond: 4 } });
    admit(caller(), 'read', 'g', 4);
    expect(() => admit(caller(), 'read', 'g', 1)).toThrow('too many requests');
  });

  test('count what is in work already', () => {
    const made = door({ maxInFlight: 10 });
    const { admit } = bound(made);
    admit(caller(), 'read', 'g', 6);
    made.change({ maxInFlight: 6 });
    expect(() => admit(caller(), 'read', 'g', 1)).toThrow(refused('overloaded'));
    made.leave('read', 6);
    admit(caller(), 'read', 'g', 6);
  });
});
