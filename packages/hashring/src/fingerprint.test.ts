import { describe, expect, test } from '@jest/globals';
import { DIALECTS } from './dialect.js';
import { Ring, type RingMember } from './ring.js';

describe('the fingerprint', () => {
  const base = [{ id: 'a' }, { id: 'b', weight: 2 }];
  const { fingerprint } = Ring.of(base);

  test('is 16 hex digits', () => {
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each<[string, RingMember[]]>([
    ['order', base.toReversed()],
    ['addresses', base.map((m) => ({ ...m, grpc: 'localhost:1', http: '' }))],
    ['a weight of 1 written out', [{ id: 'a', weight: 1 }, base[1]!]],
  ])('does not change with %s', (_, members) => {
    expect(Ring.of(members).fingerprint).toBe(fingerprint);
  });

  test('differs by dialect, replicas, ids and weights', () => {
    const rings = [
      Ring.of(base),
      ...DIALECTS.map((dialect) => Ring.of(base, { dialect, replicas: 100 })),
      Ring.of(base, { replicas: 101 }),
      Ring.of([{ id: 'a' }]),
      Ring.of([{ id: 'a' }, { id: 'b' }]),
      Ring.of([{ id: 'a', weight: 2 }, { id: 'b' }]),
      Ring.of([{ id: 'a' }, { id: 'c', weight: 2 }]),
      Ring.of([{ id: 'a' }, { id: 'b', weight: 2.000001 }]),
      Ring.of([{ id: 'a",1],["b' }]),
      Ring.of([{ id: '\ud800' }]),
      Ring.of([{ id: '\ud801' }]),
      Ring.of([]),
    ];
    expect(new Set(rings.map((ring) => ring.fingerprint)).size).toBe(rings.length);
  });
});
