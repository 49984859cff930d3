import { describe, expect, test } from '@jest/globals';
import { Ring } from '@ringcache/hashring';
import fc from 'fast-check';

import type { Member } from './member.js';
import { Tenure } from './tenure.js';

const names = ['a', 'b', 'c', 'd', 'e'];
const ringOf = (ids: readonly string[]) =>
  Ring.of(
    ids.map((id): Member => ({ id, grpc: `${id}:1`, http: '', weight: 1 })),
    { replicas: 16 },
  );
const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);

function setUp() {
  return new Tenure({ self: 'a', handoffMs: 1000, ring: ringOf(['a']), now: 0 });
}

describe('a tenure', () => {
  test('does not end when the same members are listed again', () => {
    const tenure = setUp();
    tenure.update(ringOf(['a', 'b']), 10);
    const { epoch } = tenure;
    tenure.update(ringOf(['b', 'a']), 20);
    expect(tenure.epoch).toBe(epoch);
  });

  test('does not hold what was stored while another member owned it', () => {
    const tenure = setUp();
    tenure.update(ringOf(['b']), 10);
    const { epoch } = tenure;
    tenure.update(ringOf(['a']), 20);
    expect(tenure.ownedSince('key', epoch)).toBe(false);
    expect(tenure.ownedSince('key', tenure.epoch)).toBe(true);
  });

  test('is of the keys that were owned under every ring since, whatever the rings were', () => {
    const lists = fc.array(fc.subarray(names, { minLength: 1 }), { minLength: 1, maxLength: 20, size: 'max' });
    fc.assert(
      fc.property(lists, fc.nat(20), (memberLists, storedAfter) => {
        const tenure = setUp();
        const since: Ring<Member>[] = [];
        let epoch = 0;
        memberLists.forEach((ids, i) => {
          tenure.update(ringOf(ids), i);
          if (i === Math.min(storedAfter, memberLists.length - 1)) epoch = tenure.epoch;
          if (i >= Math.min(storedAfter, memberLists.length - 1)) since.push(ringOf(ids));
        });
        for (const key of keys) {
          const owned = since.every((ring) => ring.owner(key).id === 'a');
          if (tenure.ownedSince(key, epoch) && !owned) throw new Error(`${key} counts as owned all the time`);
          if (since.length < 10 && owned && !tenure.ownedSince(key, epoch))
            throw new Error(`${key} was owned all the time`);
        }
      }),
    );
  });

  test('that begins with joining has the members before it for previous owners', () => {
    const tenure = setUp();
    const [before, after] = [ringOf(['b', 'c']), ringOf(['a', 'b', 'c'])];
    tenure.update(after, 100);
    for (const key of keys.filter((key) => after.owner(key).id === 'a')) {
      expect(tenure.previousOwners(key, 1099).map((member) => member.id)).toEqual([before.owner(key).id]);
    }
    expect([tenure.isHandingOff(1099), tenure.isHandingOff(1100)]).toEqual([true, false]);
    expect(keys.flatMap((key) => tenure.previousOwners(key, 1100))).toEqual([]);
  });

  test('of keys that another member left has that one for a previous owner', () => {
    const tenure = setUp();
    tenure.update(ringOf(['a', 'b', 'c']), 0);
    tenure.update(ringOf(['a', 'c']), 5000);
    const [before, after] = [ringOf(['a', 'b', 'c']), ringOf(['a', 'c'])];
    const gained = keys.filter((key) => after.owner(key).id === 'a' && before.owner(key).id === 'b');
    expect(gained.length).toBeGreaterThan(0);
    for (const key of gained) expect(tenure.previousOwners(key, 5500).map((member) => member.id)).toEqual(['b']);
  });

  test('is over for what was stored before more changes than are remembered', () => {
    const tenure = setUp();
    const stored = tenure.epoch;
    for (let i = 0; i < 40; i++) tenure.update(ringOf(i % 2 === 0 ? ['a', 'b'] : ['a']), i);
    expect(keys.some((key) => tenure.ownedSince(key, stored))).toBe(false);
  });
});
