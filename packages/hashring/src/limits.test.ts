import { describe, expect, test } from '@jest/globals';
import { MAX_MEMBERS, MAX_POINTS, MAX_REPLICAS } from './limits.js';
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

  test('with more points than the limit, before any is made', () => {
    const replicas = 2 ** 16;
    const members = Array.from({ length: MAX_POINTS / replicas + 1 }, (_, i) => ({ id: `m${i}` }));
    expect(() => Ring.of(members, { replicas })).toThrow(RangeError);
    expect(() => Ring.of([{ id: 'a', weight: 1e308 }])).toThrow(/points, over 4194304/);
  });

  test('with more members than the limit', () => {
    const members = Array.from({ length: MAX_MEMBERS + 1 }, (_, i) => ({ id: `m${i}` }));
    expect(() => Ring.of(members, { replicas: 1 })).toThrow(RangeError);
    const ring = Ring.of(members.slice(1), { replicas: 1 });
    expect(ring.owners('key', 3).length).toBe(3);
    expect(new Set([...ring.points()].map(({ owner }) => owner.id)).size).toBe(MAX_MEMBERS);
  });
});
