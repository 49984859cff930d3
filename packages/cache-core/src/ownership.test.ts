import { describe, expect, test } from '@jest/globals';
import { Ring } from '@ringcache/hashring';
import fc from 'fast-check';

import type { Member } from './member.js';
import { OwnershipHistory } from './ownership.js';

const names = ['a', 'b', 'c', 'd', 'e'];
const ringOf = (ids: readonly string[]) =>
  Ring.of(
    ids.map((id): Member => ({ id, grpc: `${id}:1`, http: '', weight: 1 })),
    { replicas: 16 },
  );
const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);

/** The history of `a`, to which each ring follows the one before at 0, 10, 20 … ms. */
function historyOf(...rings: readonly (readonly string[])[]) {
  const history = new OwnershipHistory({ self: 'a', handoffMs: 1_000 });
  rings.forEach((ids, i) => {
    const before = rings[i - 1];
    history.follow(ringOf(ids), before && ringOf(before), i * 10);
  });
  return history;
}

/** A key that `a` owns in each of the rings where it should, and in no other. */
function keyOwned(...rings: readonly (readonly [owned: boolean, ids: readonly string[]])[]): string {
  for (let i = 0; ; i++) {
    if (rings.every(([owned, ids]) => owned === (ringOf(ids).owner(`key-${i}`).id === 'a'))) return `key-${i}`;
  }
}

describe('the history of ownership', () => {
  test('does not hold what was stored while another member owned it', () => {
    const history = historyOf(['b']);
    const { epoch } = history;
    history.follow(ringOf(['a']), ringOf(['b']), 10);
    expect(history.ownedSince('key', epoch)).toBe(false);
    expect(history.ownedSince('key', history.epoch)).toBe(true);
  });

  test('is of the keys that were owned in every ring since, whatever the rings were', () => {
    const lists = fc.array(fc.subarray(names, { minLength: 1 }), { minLength: 1, maxLength: 20, size: 'max' });
    fc.assert(
      fc.property(lists, fc.nat(20), (memberLists, storedAfter) => {
        const history = new OwnershipHistory({ self: 'a', handoffMs: 1_000 });
        const since: Ring<Member>[] = [];
        let epoch = 0;
        memberLists.forEach((ids, i) => {
          history.follow(ringOf(ids), undefined, i);
          if (i === Math.min(storedAfter, memberLists.length - 1)) epoch = history.epoch;
          if (i >= Math.min(storedAfter, memberLists.length - 1)) since.push(ringOf(ids));
        });
        for (const key of keys) {
          const owned = since.every((ring) => ring.owner(key).id === 'a');
          if (history.ownedSince(key, epoch) && !owned) throw new Error(`${key} counts as owned all the time`);
          if (since.length < 10 && owned && !history.ownedSince(key, epoch))
            throw new Error(`${key} was owned all the time`);
        }
      }),
    );
  });

  test('is forgotten where writes may have been missed, and says so once for each time', () => {
    const history = historyOf(['a']);
    const { epoch, isolations } = history;
    history.isolate();
    history.follow(ringOf(['a']), undefined, 10);
    expect(history.isolations).toBe(isolations + 1);
    expect(history.ownedSince('key', epoch)).toBe(false);
    expect(history.ownedUntilLost('key', epoch)).toBe(false);
  });

  test('of a key that was lost goes on for the member that owns it now', () => {
    const history = historyOf(['a']);
    const { epoch } = history;
    history.follow(ringOf(['b']), ringOf(['a']), 10);
    expect(history.ownedSince('key', epoch)).toBe(false);
    expect(history.ownedUntilLost('key', epoch)).toBe(true);
    history.follow(ringOf(['a']), ringOf(['b']), 20); // and it was written there meanwhile
    expect(history.ownedUntilLost('key', epoch)).toBe(false);
  });

  test('tells which keys were owned in the ring before as well', () => {
    const kept = keyOwned([true, ['a', 'b']], [true, ['a', 'b', 'c']]);
    const won = keyOwned([false, ['a', 'b', 'c']], [true, ['a', 'b']]);
    const history = historyOf(['a', 'b', 'c'], ['a', 'b']);
    expect([history.ownedBefore(kept), history.ownedBefore(won)]).toEqual([true, false]);
    expect(historyOf(['a', 'b']).ownedBefore(kept)).toBe(false);
  });

  test('names the owner before this member, as long as that may be asked', () => {
    const won = keyOwned([false, ['a', 'b']], [true, ['a']]);
    const history = historyOf(['a', 'b'], ['a']);
    expect(history.ownerBefore(won, 20)?.id).toBe('b');
    expect(history.ownerBefore(won, 1_010)).toBeUndefined();
    expect(history.isHandingOff(20)).toBe(true);
    expect(history.isHandingOff(1_010)).toBe(false);
    const always = keyOwned([true, ['a', 'b']], [true, ['a']]);
    expect(history.ownerBefore(always, 20)).toBeUndefined();
  });

  test('of a newcomer begins with the owners of the view that it was not in', () => {
    const history = new OwnershipHistory({ self: 'a', handoffMs: 1_000 });
    history.follow(ringOf(['a', 'b']), ringOf(['b']), 0);
    expect(history.ownerBefore(keyOwned([true, ['a', 'b']]), 0)?.id).toBe('b');
  });

  test('still names the owner before where the ring has changed once more, of a key that was lost again too', () => {
    const won = keyOwned([false, ['a', 'b']], [true, ['a', 'c']]);
    const history = historyOf(['a', 'b'], ['a', 'c'], ['c']);
    expect(history.ownerBefore(won, 30)?.id).toBe('b');
  });

  test('takes nothing more over while keys have to be fetched through many rings', () => {
    const history = historyOf(['b'], ['a', 'b'], ['b'], ['a', 'b']);
    expect(history.isSettled(30)).toBe(true);
    history.follow(ringOf(['b']), ringOf(['a', 'b']), 40);
    expect(history.isSettled(40)).toBe(false);
    expect(history.isSettled(1_020)).toBe(true);
  });
});
