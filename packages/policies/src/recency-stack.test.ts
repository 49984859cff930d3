import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RecencyStack } from './recency-stack.js';

const ROOM = 8;

interface Entry {
  readonly hash: number;
  readonly bytes: number;
  readonly scale: number;
  readonly expiresAt: number;
}

function pushed(stack: RecencyStack, hash: number, bytes: number, scale = 0): void {
  stack.push(hash, bytes, scale, Number.POSITIVE_INFINITY);
}

function entryAt(stack: RecencyStack, at: number): Entry {
  return { hash: stack.hashAt(at), bytes: stack.bytesAt(at), scale: stack.scaleAt(at), expiresAt: stack.expiresAt(at) };
}

test('the depth of a key is its weight and those of all that were used after it', () => {
  const stack = new RecencyStack(ROOM);
  pushed(stack, 1, 10);
  pushed(stack, 2, 3, 1);
  pushed(stack, 3, 5, 2);
  expect([1, 2, 3].map((hash) => stack.depth(stack.find(hash)))).toEqual([36, 26, 20]);
  expect([stack.total, stack.size, stack.hashAt(stack.oldest())]).toEqual([36, 3, 1]);
});

test('a key is found by its hash, signed or not, and not once it is removed', () => {
  const stack = new RecencyStack(ROOM);
  stack.push(-1, 7, 3, 1234);
  expect(entryAt(stack, stack.find(0xffffffff))).toEqual({ hash: -1, bytes: 7, scale: 3, expiresAt: 1234 });
  stack.remove(stack.find(-1));
  expect([stack.find(-1), stack.oldest(), stack.total]).toEqual([0, 0, 0]);
});

test('weights of many bytes and large scales add up exactly', () => {
  const stack = new RecencyStack(ROOM);
  pushed(stack, 1, 2 ** 32 - 1, 20);
  pushed(stack, 2, 1, 0);
  stack.remove(stack.find(1));
  expect(stack.total).toBe(1);
});

test('it behaves as an array of keys does, through any uses, removals and filters', () => {
  const steps = fc.array(
    fc.record({
      act: fc.constantFrom('use', 'use', 'use', 'use', 'remove', 'removeOldest', 'filter'),
      hash: fc.integer({ min: -6, max: 6 }),
      bytes: fc.nat(1000),
      scale: fc.nat(3),
    }),
    { maxLength: 200, size: 'max' },
  );
  fc.assert(
    fc.property(steps, (acts) => {
      const stack = new RecencyStack(ROOM);
      let model: Entry[] = []; // the oldest first
      for (const { act, hash, bytes, scale } of acts) {
        const at = stack.find(hash);
        if (act === 'removeOldest') {
          if (model.length > 0) stack.remove(stack.oldest());
          model.shift();
        } else if (act === 'filter') {
          stack.filter((kept) => kept > hash, scale);
          model = model.filter((kept) => kept.hash > hash);
          model = model.map((kept) => ({ ...kept, scale: Math.max(kept.scale, scale) }));
        } else {
          expect(at !== 0).toBe(model.some((kept) => kept.hash === hash));
          model = model.filter((kept) => kept.hash !== hash);
          if (act === 'remove') {
            if (at !== 0) stack.remove(at);
          } else if (model.length < ROOM) {
            if (at === 0) stack.push(hash, bytes, scale, bytes);
            else stack.lift(at, bytes, scale, bytes);
            model.push({ hash, bytes, scale, expiresAt: bytes });
          }
        }
        let depth = 0;
        const depths = model.toReversed().map((kept) => {
          depth += kept.bytes * 2 ** kept.scale;
          return { ...kept, depth };
        });
        const found = depths.map((kept) => stack.find(kept.hash));
        const ours = found.map((at) => ({ ...entryAt(stack, at), depth: stack.depth(at) }));
        expect({ depths: ours, size: stack.size, total: stack.total }).toEqual({
          depths,
          size: model.length,
          total: depth,
        });
      }
    }),
    { numRuns: 40 },
  );
});
