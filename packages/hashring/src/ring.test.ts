import { describe, expect, test } from '@jest/globals';
import { DIALECTS } from './dialect.js';
import { EmptyRingError, Ring } from './ring.js';

describe.each(DIALECTS)('a ring of dialect %s', (dialect) => {
  test('a member has replicas × weight points, rounded, and at least one', () => {
    const weights = [0.001, 0.5, 1, 1.26, 3];
    const ring = Ring.of(
      weights.map((weight) => ({ id: `w${weight}`, weight })),
      { dialect, replicas: 50 },
    );
    const owned = weights.map((weight) => [...ring.points()].filter((p) => p.owner.id === `w${weight}`).length);
    expect(owned).toEqual([1, 25, 50, 63, 150]);
  });

  test('of one member gives it every key, even with one point', () => {
    const ring = Ring.of([{ id: 'only' }], { dialect, replicas: 1 });
    for (const key of ['', 'a', 'z', '张三']) expect(ring.owner(key).id).toBe('only');
  });

  test('without members answers with a typed error, and with no owners', () => {
    const ring = Ring.of([], { dialect });
    expect(ring.size).toBe(0);
    expect(() => ring.owner('key')).toThrow(EmptyRingError);
    expect(() => ring.locate('key')).toThrow(EmptyRingError);
    expect(ring.owners('key', 3)).toEqual([]);
    expect([...ring.points()]).toEqual([]);
    expect(ring.has('')).toBe(false);
  });

  test('takes a lone surrogate for U+FFFD', () => {
    const ring = Ring.of([{ id: 'a' }, { id: '\udc00' }], { dialect });
    expect(ring.locate('k\ud800')).toEqual(ring.locate('k\ufffd'));
    expect(ring.has('\udc00')).toBe(true);
  });
});

describe('a ring', () => {
  test('keeps its members sorted, frozen, and apart from the list it was given', () => {
    const members = [{ id: 'b' }, { id: 'a' }, { id: 'B' }];
    const ring = Ring.of(members);
    members.pop();
    expect(ring.members.map((m) => m.id)).toEqual(['B', 'a', 'b']);
    expect(ring.size).toBe(3);
    expect(Object.isFrozen(ring.members)).toBe(true);
    expect([ring.has('B'), ring.has('c')]).toEqual([true, false]);
  });

  test('answers with the very member it was given', () => {
    const member = { id: 'a', grpc: 'localhost:1', weight: 1 };
    const ring = Ring.of([member]);
    expect(ring.owner('key')).toBe(member);
    expect(ring.locate('key').owner.grpc).toBe('localhost:1');
  });

  test('gives no owners for n below 1 or not a number, and rounds n down', () => {
    const ring = Ring.of([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    expect([-1, 0, 0.9, Number.NaN, 1.9, 3.5].map((n) => ring.owners('key', n).length)).toEqual([0, 0, 0, 0, 1, 3]);
  });

  test('has 8,192 replicas by default, and fifty in the dialects of others', () => {
    expect(DIALECTS.map((dialect) => Ring.of([], { dialect }).replicas)).toEqual([8192, 50, 50, 50]);
    expect(Ring.of([]).dialect).toBe('ringcache');
  });

  test('the example in the README holds, in every release', () => {
    const ring = Ring.of([{ id: 'cache-a:7000' }, { id: 'cache-b:7000' }, { id: 'cache-c:7000', weight: 2 }]);
    expect(ring.owner('student:42').id).toBe('cache-a:7000');
    expect(ring.owners('student:42', 2).map((m) => m.id)).toEqual(['cache-a:7000', 'cache-c:7000']);
    expect(ring.locate('student:42')).toEqual({ hash: '963971139', point: 7342, owner: { id: 'cache-a:7000' } });
    expect(ring.fingerprint).toBe('2d66eb83e663b09d');
  });
});
