// What every contender is asked: the same keys in the same order, and values that tell whether they are the right ones.

import { randomFrom } from '../random.js';
import { zipf } from '../zipf.js';

export const EXPONENT = 0.99; // what YCSB takes

/** A power of two, so that the loop wraps around with a mask; more than are asked for in a round, or nearly. */
const DRAWN = 1 << 19;

/** Ids of keys, from 0, by Zipf; a power of two of them. */
export function drawIds(keys: number, seed: number): Uint32Array {
  const rank = zipf({ count: keys, exponent: EXPONENT, random: randomFrom(seed) });
  return Uint32Array.from({ length: DRAWN }, rank);
}

export function valueOfId(id: number, bytes: number): Uint8Array {
  return new Uint8Array(bytes).fill(byteOf(id));
}

/** @throws {Error} if it isn't the value of that id. */
export function checkValue(value: Uint8Array, id: number, bytes: number): void {
  if (value.length === bytes && value[0] === byteOf(id) && value[bytes - 1] === byteOf(id)) return;
  throw new Error(`the value of key ${id} is not the one that was put there: ${value.length} bytes, ${value[0]} first`);
}

/** Of 251 values, a prime: ids that are mistaken for others by a power of two show. `groupcache/main.go` has the same. */
function byteOf(id: number): number {
  return id % 251;
}
