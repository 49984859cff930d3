import { describe, expect, test } from '@jest/globals';
import { xxHash32 } from './xxhash32.js';

const PRIME32 = 2654435761;

describe('xxHash32', () => {
  // The sanity checks of the reference implementation, xxhsum: its generator of bytes, its lengths and its results.
  test.each([
    [0, 0, 0x02cc5d05],
    [0, PRIME32, 0x36b78ae7],
    [1, 0, 0xcf65b03e],
    [1, PRIME32, 0xb4545aa4],
    [14, 0, 0x1208e7e2],
    [14, PRIME32, 0x6af1d1fe],
    [222, 0, 0x5bd11dbd],
    [222, PRIME32, 0x58803c5f],
  ])('%i bytes of the reference with seed %i', (length, seed, expected) => {
    expect(xxHash32(referenceBytes(length), length, seed)).toBe(expected);
  });

  test.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('%j', (text, expected) => {
    const bytes = Buffer.from(text);
    expect(xxHash32(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length)).toBe(expected);
  });

  test('bytes behind the length do not count', () => {
    const view = referenceBytes(64);
    const before = xxHash32(view, 37);
    view.setUint8(37, view.getUint8(37) ^ 0xff);
    expect(xxHash32(view, 37)).toBe(before);
    view.setUint8(36, view.getUint8(36) ^ 0xff);
    expect(xxHash32(view, 37)).not.toBe(before);
  });
});

function referenceBytes(length: number): DataView {
  const view = new DataView(new ArrayBuffer(length));
  let state = BigInt(PRIME32);
  for (let i = 0; i < length; i++) {
    view.setUint8(i, Number(state >> 56n));
    state = BigInt.asUintN(64, state * 11400714785074694797n);
  }
  return view;
}
