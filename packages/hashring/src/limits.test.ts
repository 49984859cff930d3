import { describe, expect, test } from '@jest/globals';
import { MAX_MEMBERS, MAX_POINTS, MAX_REPLICAS, pointCounts } from './limits.js';
import { Ring, type RingMember } from './ring.js';

describe('a ring is refused', () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_REPLICAS + 1])('with %d replicas', (replicas) => {
    expect(() => Ring.of([{ id: 'a' }], { replicas })).toThrow(RangeError);
    expect(() => Ring.of([{ id: 'a' }], { replicas })).toThrow(/^replicas is /);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('with a member of weight %d', (weight) => {
    expect(() => Ring.of([{ id: 'a', weight }])).toThrow(RangeError);
    expect(() => Ring.of([{ id: 'a', weight }])).toThrow(/"a" has weight/);
  });

  test('with a member that has no id', () => {
    expect(() => Ring.of([{ id: 'a' }, { id: '' }])).toThrow(new TypeError('a member has no id'));
    expect(() => Ring.of([{} as RingMember])).toThrow(TypeError);
  });

  test('with an id that is there twice', () => {
    expect(() => Ring.of([{ id: 'a' }, { id: 'b' }, { id: 'a', weight: 2 }])).toThrow(
      new TypeError('member "a" is there twice'),
    );
  });

  test('with more points than the limit where another implementation would place them all, before any is made', () => {
    const replicas = 2 ** 16;
    const members = Array.from({ length: MAX_POINTS / replicas + 1 }, (_, i) => ({ id: `m${i}` }));
    for (const dialect of ['groupcache', 'groupcache-v3', 'ggcache'] as const) {
      expect(() => Ring.of(members, { replicas, dialect })).toThrow(RangeError);
      expect(() => Ring.of([{ id: 'a', weight: 1e308 }], { dialect })).toThrow(/points, over 4194304/);
    }
  });

  test('with more members than the limit', () => {
    const members = Array.from({ length: MAX_MEMBERS + 1 }, (_, i) => ({ id: `m${i}` }));
    expect(() => Ring.of(members, { replicas: 1 })).toThrow(RangeError);
    const ring = Ring.of(members.slice(1), { replicas: 1 });
    expect(ring.owners('key', 3).length).toBe(3);
    expect(new Set([...ring.points()].map(({ owner }) => owner.id)).size).toBe(MAX_MEMBERS);
  });
});

describe('weights that ask for more points than the limit', () => {
  const pointsOf = (weights: readonly number[], replicas: number) =>
    pointCounts(
      weights.map((weight, i) => ({ id: `m${i}`, weight })),
      replicas,
      true,
    );

  test('are all divided by the same power of two, the smallest that will do', () => {
    expect(pointsOf([100, 100, 100, 100, 100], 8_192)).toEqual({ counts: Array(5).fill(819_200), divisor: 1 });
    expect(pointsOf([100, 100, 100, 100, 100, 100], 8_192)).toEqual({ counts: Array(6).fill(409_600), divisor: 2 });
    expect(pointsOf([600, 1, 2], 8_192)).toEqual({ counts: [2_457_600, 4_096, 8_192], divisor: 2 });
  });

  test('leave every member a point', () => {
    const { counts, divisor } = pointsOf([1e308, 1, 1e-3], 65_536);
    expect(counts.slice(1)).toEqual([1, 1]);
    expect(counts[0]! + 2).toBeLessThanOrEqual(MAX_POINTS);
    expect(65_536 * (1e308 / (divisor / 2))).toBeGreaterThan(MAX_POINTS);
  });

  test('make a ring that says so', () => {
    const ring = Ring.of(
      ['a', 'b', 'c'].map((id) => ({ id, weight: 600 })),
      { replicas: 8_192 },
    );
    expect(ring.divisor).toBe(4);
    expect(Ring.divisorOf(ring.members, { replicas: 8_192 })).toBe(4);
    expect(Ring.of([{ id: 'a' }]).divisor).toBe(1);
  });
});
