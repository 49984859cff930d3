import { describe, expect, test } from '@jest/globals';

import type { PeerClient } from './contracts.js';
import type { Member } from './member.js';
import { Telling } from './telling.js';
import { ManualClock, settled } from './testing/manual-clock.js';

const a: Member = { id: 'a', grpc: 'a:1', http: '', weight: 1 };
const nobody = { has: () => false };

function setUp({ refuses = false } = {}) {
  const clock = new ManualClock();
  const dropped: string[] = [];
  const state = { refuses };
  const drop: PeerClient['drop'] = async (group, key) => {
    if (state.refuses) throw new Error('away');
    dropped.push(`${group}/${key ?? '*'}`);
  };
  const client = () => ({ drop }) as PeerClient;
  const telling = new Telling({ clock, client, tellForMs: 3_000, timeoutMs: 1_000 });
  return { clock, telling, dropped, state };
}

describe('Telling', () => {
  test('names to others who asked here, not whom others named', async () => {
    const { clock, telling } = setUp();
    telling.named(a);
    expect([telling.outside(nobody), telling.askers(nobody)]).toEqual([[a], []]);
    telling.asked(a);
    expect(telling.askers(nobody)).toEqual([a]);
    expect(telling.outside({ has: () => true })).toEqual([]); // it is in the ring, and told for that
    await clock.advance(2_999);
    telling.named(a);
    await clock.advance(1);
    expect([telling.outside(nobody), telling.askers(nobody)]).toEqual([[a], []]);
    await clock.advance(3_000);
    expect(telling.outside(nobody)).toEqual([]);
  });

  test('tells again what was missed, until it is acknowledged', async () => {
    const { telling, dropped, state } = setUp({ refuses: true });
    telling.owe(a, { group: 'g', key: 'k', version: 1 });
    telling.owe(a, { group: 'g', key: 'l', version: 2 });
    telling.repay(a);
    await settled();
    expect(telling.owes('a')).toBe(true);
    state.refuses = false;
    telling.repay(a);
    await settled();
    expect([telling.owes('a'), dropped.sort()]).toEqual([false, ['g/k', 'g/l']]);
  });

  test('tells a member that missed too many keys to drop their whole group', async () => {
    const { telling, dropped } = setUp();
    for (let i = 0; i < 5_000; i++) telling.owe(a, { group: 'g', key: `k${i}`, version: i });
    telling.repay(a);
    await settled();
    expect(dropped).toContain('g/*');
    expect(dropped.length).toBeLessThanOrEqual(1_001);
  });

  test('a write while everything is told again is told again too', async () => {
    const { telling, dropped, state } = setUp();
    telling.owe(a, { group: 'g', key: undefined, version: 1 });
    telling.repay(a);
    telling.owe(a, { group: 'g', key: 'k', version: 2 }); // it is under way
    await settled();
    expect([telling.owes('a'), dropped]).toEqual([true, ['g/*']]);
    telling.repay(a);
    await settled();
    expect([telling.owes('a'), dropped, state.refuses]).toEqual([false, ['g/*', 'g/*'], false]);
  });

  test('forgets what is owed to members that nobody has to tell any more', () => {
    const { telling } = setUp();
    telling.owe(a, { group: 'g', key: 'k', version: 1 });
    telling.keep(() => false);
    expect(telling.owes('a')).toBe(false);
  });
});
