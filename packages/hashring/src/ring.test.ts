import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DIALECTS } from './dialect.js';
import { EmptyRingError, Ring, type RingMember } from './ring.js';

/** Ids that collide in the dialects that join digits to them, ordinary ids, and any text, lone surrogates included. */
const id = fc.oneof(
  fc.integer({ min: 1, max: 200 }).map(String),
  fc.integer({ min: 0, max: 65_535 }).map((port) => `localhost:${port}`),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
);
const member = fc.record({ id, weight: fc.constantFrom(0.3, 1, 2) });
const memberList = fc.uniqueArray(member, { selector: (m) => m.id, minLength: 2, maxLength: 8 });
const keyList = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 10, maxLength: 20 });
const replicaCount = fc.integer({ min: 1, max: 20 });

describe.each(DIALECTS)('a ring of dialect %s', (dialect) => {
  test('removing a member moves only its own keys, each to its successor', () => {
    fc.assert(
      fc.property(memberList, replicaCount, keyList, fc.nat(), (members, replicas, keys, pick) => {
        const ring = Ring.of(members, { dialect, replicas });
        const gone = members[pick % members.length]!;
        const rest = Ring.of(
          members.filter((m) => m !== gone),
          { dialect, replicas },
        );
        const expected = keys.map((key) => {
          const [owner, successor] = ring.owners(key, 2);
          return owner === gone ? successor : owner;
        });
        expect(keys.map((key) => rest.owner(key))).toEqual(expected);
      }),
    );
  });

  test('adding a member moves keys only to it', () => {
    fc.assert(
      fc.property(memberList, replicaCount, keyList, (members, replicas, keys) => {
        const [added, ...before] = members;
        const ring = Ring.of(before, { dialect, replicas });
        const grown = Ring.of(members, { dialect, replicas });
        const moved = keys.filter((key) => grown.owner(key) !== ring.owner(key));
        expect(moved.filter((key) => grown.owner(key) !== added)).toEqual([]);
      }),
    );
  });

  test('raising a weight moves keys only to that member', () => {
    fc.assert(
      fc.property(memberList, replicaCount, keyList, (members, replicas, keys) => {
        const [first, ...others] = members;
        const raised = { id: first!.id, weight: first!.weight + 1.5 };
        const ring = Ring.of(members, { dialect, replicas });
        const shifted = Ring.of([raised, ...others], { dialect, replicas });
        const moved = keys.filter((key) => shifted.owner(key).id !== ring.owner(key).id);
        expect(moved.filter((key) => shifted.owner(key) !== raised)).toEqual([]);
      }),
    );
  });

  test('the order of insertion never matters', () => {
    const twice = memberList.chain((members) =>
      fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length })),
    );
    fc.assert(
      fc.property(twice, replicaCount, keyList, ([members, shuffled], replicas, keys) => {
        const ring = Ring.of(members, { dialect, replicas });
        const other = Ring.of(shuffled, { dialect, replicas });
        expect(other.members).toEqual(ring.members);
        expect(other.fingerprint).toBe(ring.fingerprint);
        expect([...other.points()]).toEqual([...ring.points()]);
        expect(keys.map((key) => other.locate(key))).toEqual(keys.map((key) => ring.locate(key)));
      }),
    );
  });

  test('owners are distinct, begin with the owner, and only grow with n', () => {
    fc.assert(
      fc.property(memberList, replicaCount, keyList, (members, replicas, keys) => {
        const ring = Ring.of(members, { dialect, replicas });
        for (const key of keys) {
          const all = ring.owners(key, Number.POSITIVE_INFINITY);
          expect(new Set(all)).toEqual(new Set(members));
          expect(all.length).toBe(members.length);
          const lengths = [...members.keys(), members.length, members.length + 1];
          expect(lengths.map((n) => ring.owners(key, n))).toEqual(lengths.map((n) => all.slice(0, n)));
          expect(all[0]).toBe(ring.owner(key));
        }
      }),
      { numRuns: 20 },
    );
  });

  test('a located point is the one the owner has, at or after the hash, with none between', () => {
    fc.assert(
      fc.property(memberList, replicaCount, keyList, (members, replicas, keys) => {
        const ring = Ring.of(members, { dialect, replicas });
        const points = [...ring.points()].map(({ hash, owner }) => ({ hash: BigInt(hash), owner }));
        const expected = keys.map((key) => {
          const { hash } = ring.locate(key);
          const keyHash = BigInt(hash);
          const next = points.findIndex((p) => p.hash >= keyHash);
          const point = next === -1 ? 0 : next;
          return { hash, point, owner: points[point]!.owner };
        });
        expect(keys.map((key) => ring.locate(key))).toEqual(expected);
        expect(keys.map((key) => ring.owner(key))).toEqual(expected.map(({ owner }) => owner));
      }),
    );
  });

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
