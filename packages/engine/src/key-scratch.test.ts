import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { KeyScratch } from './key-scratch.js';

const utf8 = new TextEncoder();

function contents(scratch: KeyScratch): number[] {
  return [...scratch.words.subarray(0, scratch.wordCount)];
}

/** The words of these bytes, zeros behind them. */
function words(bytes: Uint8Array): number[] {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  return [...new Int32Array(whole.buffer)];
}

test('a key is in it as its UTF-8, whatever was in it before', () => {
  const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 60 }));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 20 }), (keys) => {
      const scratch = new KeyScratch();
      for (const each of keys) {
        scratch.load(each);
        assert.deepEqual(contents(scratch), words(utf8.encode(each)));
        scratch.loadBytes(utf8.encode(`_${each}é_`), 1, 1 + Buffer.byteLength(`${each}é`));
        assert.deepEqual(contents(scratch), words(utf8.encode(`${each}é`)));
      }
    }),
  );
});

test('the last string is not encoded again, but is after another key was in between', () => {
  const scratch = new KeyScratch();
  expect([scratch.load('a'), scratch.load('a'), scratch.load('b'), scratch.load('a')]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  scratch.loadBytes(utf8.encode('b'), 0, 1);
  expect(scratch.load('a')).toBe(true);
});

test('it grows for a long key', () => {
  const scratch = new KeyScratch();
  for (const length of [1020, 1021, 1024, 65_536]) {
    scratch.load('键'.repeat(length));
    assert.deepEqual(contents(scratch), words(utf8.encode('键'.repeat(length))));
    scratch.loadBytes(new Uint8Array(4 * length).fill(1), 0, 4 * length);
    assert.deepEqual(contents(scratch), words(new Uint8Array(4 * length).fill(1)));
  }
});
