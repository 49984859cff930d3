import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { Segments, SLACK, SPARE } from './segments.js';

const SEGMENT_BYTES = 1024;
const CLASSES = new Segments(SEGMENT_BYTES, () => {}).classes;
const CHURN_STEPS = 100_000;

/** Cells by owner beside a plain list of what is alive, with every word of a cell written. */
class Played {
  moves = 0;
  readonly segments = new Segments(SEGMENT_BYTES, (owner, from, to) => {
    assert.equal(this.#cells.get(owner), from);
    this.#cells.set(owner, to);
    this.moves++;
  });
  readonly owners: number[] = [];
  readonly #cells = new Map<number, number>();
  readonly #classes = new Map<number, number>();
  #lastOwner = 0;

  take(sizeClass: number): void {
    const owner = ++this.#lastOwner;
    const cell = this.segments.take(sizeClass, owner);
    assert.notEqual(cell, 0);
    this.#words(cell, sizeClass).fill(owner);
    this.#cells.set(owner, cell);
    this.#classes.set(owner, sizeClass);
    this.owners.push(owner);
  }

  /** @param at 0 to 1: which. */
  free(at: number): void {
    if (this.owners.length === 0) return;
    const i = Math.floor(at * this.owners.length);
    const owner = this.owners[i]!;
    this.owners[i] = this.owners.at(-1)!;
    this.owners.pop();
    this.segments.free(this.#cells.get(owner)!);
    this.#cells.delete(owner);
    this.#classes.delete(owner);
    this.segments.settle();
  }

  /** That nothing was lost or overwritten, and the accounts are right. */
  check(): void {
    let live = 0;
    for (const owner of this.owners) {
      const sizeClass = this.#classes.get(owner)!;
      assert.ok(this.#words(this.#cells.get(owner)!, sizeClass).every((word) => word === owner));
      live += this.segments.classes.costOf(sizeClass);
    }
    assert.equal(this.segments.liveBytes, live);
    assert.equal(this.segments.classesInUse, new Set(this.#classes.values()).size);
    this.checkBound();
  }

  checkBound(): void {
    const { liveBytes, classesInUse, heldBytes } = this.segments;
    const drained = 1;
    const inUse = liveBytes * (1 + SLACK) + (classesInUse + drained) * SEGMENT_BYTES;
    const spares = Math.max(SEGMENT_BYTES, inUse * SPARE + SEGMENT_BYTES);
    if (heldBytes <= inUse + spares) return;
    assert.fail(`${heldBytes} held for ${liveBytes} in ${classesInUse} classes`);
  }

  #words(cell: number, sizeClass: number): Int32Array {
    const at = this.segments.wordOf(cell);
    return this.segments.segmentOf(cell).words.subarray(at, at + this.segments.classes.bytesOf(sizeClass) / 4);
  }
}

/** Numbers from 0 to 1 that look random and are the same each time (xorshift). */
function numbers(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}

test('cells keep their contents, and the waste its bound, whatever is taken and freed', () => {
  const act = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ sizeClass: fc.nat(CLASSES.count - 1), times: fc.integer({ min: 1, max: 60 }) }),
    },
    { weight: 3, arbitrary: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 60 }) },
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const played = new Played();
      for (const each of acts) {
        if (Array.isArray(each)) for (const at of each) played.free(at);
        else for (let i = 0; i < each.times; i++) played.take(each.sizeClass);
        played.check();
      }
      while (played.owners.length > 0) played.free(0);
      played.check();
    }),
  );
});

describe('over a hundred thousand steps', () => {
  test('nothing is ever moved while the mix of sizes stays as it is, though cells are freed at random', () => {
    const played = new Played();
    const random = numbers(1);
    const sizeClass = 5;
    for (let i = 0; i < 2000; i++) played.take(sizeClass);
    for (let i = 0; i < CHURN_STEPS; i++) {
      played.free(random());
      played.take(sizeClass);
    }
    played.check();
    expect(played.moves).toBe(0);
  });

  test('a mix that changes all the time keeps within the bound at every step', () => {
    const played = new Played();
    const random = numbers(2);
    for (let i = 0; i < 3000; i++) played.take(Math.floor(random() * 3));
    for (let i = 0; i < CHURN_STEPS; i++) {
      const favourite = Math.floor((i / CHURN_STEPS) * 4 * CLASSES.count) % CLASSES.count;
      played.free(random());
      played.take(random() < 0.9 ? favourite : Math.floor(random() * CLASSES.count));
      played.checkBound();
      if (i % 5000 === 0) played.check();
    }
    played.check();
    expect(played.moves).toBeGreaterThan(0);
    expect(played.moves).toBeLessThan(CHURN_STEPS);
  });
});

test('an allocator that loses most cells at random gives most of its segments back', () => {
  const played = new Played();
  const random = numbers(3);
  for (let i = 0; i < 20_000; i++) played.take(3);
  const full = played.segments.heldBytes;
  while (played.owners.length > 1000) {
    played.free(random());
    played.checkBound();
  }
  played.check();
  expect(played.segments.heldBytes).toBeLessThan(full / 15);
});

test('one free moves no more than its bytes times the slack allows', () => {
  const played = new Played();
  const random = numbers(4);
  for (let i = 0; i < 10_000; i++) played.take(i % 2);
  while (played.owners.length > 0) {
    const before = played.moves;
    played.free(random());
    assert.ok(played.moves - before <= 2 / SLACK); // the freed cell may be twice as large as those that move
  }
});

test('more segments than may be mapped hold their cells as well, and go', () => {
  const played = new Played();
  const whole = CLASSES.pieces.at(-1)!;
  for (let i = 0; i < 8500; i++) played.take(whole);
  played.check();
  expect(played.segments.heldBytes).toBe(8500 * SEGMENT_BYTES);
  while (played.owners.length > 10) played.free(0.5);
  played.check();
});
