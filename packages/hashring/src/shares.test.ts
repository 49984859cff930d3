import { describe, expect, test } from '@jest/globals';

import { DIALECTS } from './dialect.js';
import { EmptyRingError, Ring } from './ring.js';

const KEYS = 20_000;

describe.each(DIALECTS)('shares of a ring of dialect %s', (dialect) => {
  const members = [{ id: 'a:1' }, { id: 'b:2', weight: 2 }, { id: 'c:3' }];
  const ring = Ring.of(members, { dialect, replicas: 50 });

  test('are together the whole, in the order of the members', () => {
    const shares = ring.shares();
    expect(shares).toHaveLength(3);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(Math.min(...shares)).toBeGreaterThan(0);
  });

  test('of one member are everything, and of none nothing', () => {
    const [all, ...others] = Ring.of([{ id: 'only' }], { dialect, replicas: 1 }).shares();
    expect(all).toBeCloseTo(1, 12);
    expect(others).toEqual([]);
    expect(Ring.of([], { dialect }).shares()).toEqual([]);
  });

  test('a key lies on the circle between the point before it and that of its owner', () => {
    expect(() => Ring.of([], { dialect }).placeOf('key')).toThrow(EmptyRingError);
    const hashes = [...ring.points()].map(({ hash }) => BigInt(hash));
    for (let i = 0; i < 200; i++) {
      const key = `key ${i}`;
      const { hash, point } = ring.locate(key);
      const place = ring.placeOf(key);
      expect(place >= 0 && place < 1).toBe(true);
      const rank = hashes.filter((each) => each < BigInt(hash)).length;
      expect(point).toBe(rank % hashes.length);
    }
  });
});

test('shares are what keys find', () => {
  const ring = Ring.of([{ id: 'a' }, { id: 'b' }, { id: 'c', weight: 3 }]);
  const found = new Map<string, number>();
  for (let i = 0; i < KEYS; i++) {
    const { id } = ring.owner(`student ${i}`);
    found.set(id, (found.get(id) ?? 0) + 1);
  }
  for (const [i, share] of ring.shares().entries()) {
    expect(Math.abs(share - found.get(ring.members[i]!.id)! / KEYS)).toBeLessThan(0.02);
  }
});
