import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DIALECTS } from './dialect.js';
import { Ring } from './ring.js';

// 50 runs of 10 to 20 keys in each of four dialects: enough to fail at once on a wrong tie, and two seconds in all.
fc.configureGlobal({ numRuns: 50 });

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
});
