import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type EvictionPolicy, INITIAL_SLOTS, type PolicyOptions } from './policy.js';

const hashOf = (slot: number) => Math.imul(slot, 0x9e3779b1);

function fill(policy: EvictionPolicy, slots: number): void {
  for (let slot = 1; slot <= slots; slot++) policy.added(slot, hashOf(slot));
}

function drain(policy: EvictionPolicy): number[] {
  const victims: number[] = [];
  for (let slot = policy.victim(); slot !== undefined; slot = policy.victim()) victims.push(slot);
  return victims;
}

const oneTo = (slots: number) => Array.from({ length: slots }, (_, i) => i + 1);
const ascending = (slots: Iterable<number>) => [...slots].sort((a, b) => a - b);

/** What holds for every policy, whatever its order. */
export function policyContract(name: string, make: (options?: PolicyOptions) => EvictionPolicy): void {
  describe(`${name} keeps the contract of EvictionPolicy:`, () => {
    test('an empty policy has no victim, before and after it held something', () => {
      const policy = make();
      expect(policy.victim()).toBeUndefined();
      fill(policy, 3);
      drain(policy);
      expect(policy.victim()).toBeUndefined();
    });

    test('what it says of its choice, if it has one, is a line that a sentence can go on from', () => {
      const policy = make({ maxEntries: 50 });
      for (const policyIsFull of [false, true]) {
        if (policyIsFull) fill(policy, 60);
        const said = policy.describe?.();
        if (said !== undefined) expect(said).toMatch(/^[^\n]{10,300}[^.\n]$/);
      }
    });

    test('every resident is a victim once', () => {
      const policy = make({ maxEntries: 100 });
      fill(policy, 100);
      for (let slot = 1; slot <= 100; slot += 3) policy.read(slot);
      expect(ascending(drain(policy))).toEqual(oneTo(100));
    });

    test('a removed slot is no victim until it is added again', () => {
      const policy = make({ maxEntries: 4 });
      fill(policy, 4);
      policy.removed(1);
      policy.removed(3);
      policy.added(3, hashOf(30));
      expect(ascending(drain(policy))).toEqual([2, 3, 4]);
    });

    test('the newcomer is spared as long as anybody else is there', () => {
      const policy = make({ maxEntries: 3 });
      fill(policy, 3);
      for (let slot = 1; slot <= 3; slot++) for (let reads = 0; reads < slot; reads++) policy.read(slot);
      policy.added(4, hashOf(4));
      policy.removed(2); // expired meanwhile
      const victims = drain(policy);
      expect(ascending(victims)).toEqual([1, 3, 4]);
      expect(victims.at(-1)).toBe(4);
    });

    test('a newcomer that was removed is forgotten, its slot free to use', () => {
      const policy = make({ maxEntries: 2 });
      fill(policy, 2);
      policy.removed(2);
      policy.added(2, hashOf(20));
      policy.removed(2);
      expect(drain(policy)).toEqual([1]);
    });

    test('the arrays grow where the number of slots was not known, in steps and in leaps', () => {
      const policy = make();
      const slots = [...oneTo(3 * INITIAL_SLOTS), 20 * INITIAL_SLOTS];
      for (const slot of slots) policy.added(slot, hashOf(slot));
      for (const slot of slots) if (slot % 2 === 0) policy.read(slot);
      expect(ascending(drain(policy))).toEqual(slots);
    });

    test('slots beyond the reservation are taken all the same', () => {
      const policy = make({ maxEntries: 2 });
      fill(policy, 50);
      expect(ascending(drain(policy))).toEqual(oneTo(50));
    });

    test('limits that are no integer from 1 are refused', () => {
      for (const maxEntries of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => make({ maxEntries })).toThrow(RangeError);
      }
    });

    test('the residents are those of a set, whatever happens in whatever order', () => {
      const limits = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined });
      fc.assert(
        fc.property(limits, fc.array(step, { maxLength: 300, size: 'max' }), (maxEntries, steps) => {
          const policy = make({ maxEntries });
          const residents = playAlong(policy, steps);
          expect(ascending(drain(policy))).toEqual(ascending(residents));
        }),
      );
    });
  });
}

const step = fc.record({
  act: fc.constantFrom('read', 'added', 'added', 'removed', 'victim'),
  pick: fc.nat(),
  hash: fc.integer({ min: 0, max: 30 }), // few, so that ghosts come back and hashes are shared
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Plays the steps that make sense, checks each victim, and returns who should be resident at the end. */
function playAlong(policy: EvictionPolicy, steps: Step[]): Set<number> {
  const residents = new Set<number>();
  const free = new Set(oneTo(20));
  const move = (slot: number, from: Set<number>, to: Set<number>) => {
    assert(from.delete(slot), `slot ${slot} is not there`);
    to.add(slot);
  };
  for (const { act, pick, hash } of steps) {
    const pool = [...(act === 'added' ? free : residents)];
    const slot = pool[pick % pool.length];
    if (act === 'victim') {
      const victim = policy.victim();
      assert.equal(victim === undefined, residents.size === 0);
      if (victim !== undefined) move(victim, residents, free);
    } else if (slot === undefined) {
      // nobody to read or remove, or no slot left
    } else if (act === 'added') {
      policy.added(slot, hash);
      move(slot, free, residents);
    } else {
      policy[act](slot);
      if (act === 'removed') move(slot, residents, free);
    }
  }
  return residents;
}
