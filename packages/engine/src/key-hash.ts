// 32-bit hashes of keys: where a key's place in an index is, and what ghost lists and sketches know it by.
//
// Reading the characters is what costs, so four are taken a turn into two lanes that do not wait for each other: murmur3's
// step (xor, multiply, rotate) on two UTF-16 units, or on four bytes. Its finalizer then spreads every bit over all, since an
// index takes the low bits for the place and the high ones for the tag. Against FNV-1a over single units: half the time at 21
// characters, the same at 8.
//
// A string and its UTF-8 bytes hash differently: whoever keeps bytes hashes bytes always. The results are good within one
// process: a seed is drawn when it starts, since keys come from strangers, and keys with one hash make long probes. (The seed
// stops keys that were collected elsewhere. Whoever studies murmur3 can make keys that collide under every seed.)
//
// Source: Austin Appleby, MurmurHash3_x86_32 (public domain).

const { imul } = Math; // Jest looks a global up each time, which is most of a test's time

/** Of this process: an unsigned 32-bit number. */
export const RANDOM_SEED: number = crypto.getRandomValues(new Uint32Array(1))[0]!;

const FIRST_MULTIPLIER = 0xcc9e2d51; // murmur3's c1 and c2: odd, about half of their bits set
const SECOND_MULTIPLIER = 0x1b873593;
const NOT_ASCII = 0x0080_0080; // in either half of a word
const LANE_APART = 0x9e3779b9; // 2^32 / golden ratio: lanes that began alike would be swapped without notice

/** Of the UTF-16 units of a key, lone surrogates included. @returns a signed 32-bit number: always a small integer to V8. */
export function hashString(key: string, seed: number): number {
  const { length } = key;
  let a = seed;
  let b = seed ^ LANE_APART;
  let i = 0;
  for (const end = length - 3; i < end; i += 4) {
    a = imul(a ^ key.charCodeAt(i) ^ (key.charCodeAt(i + 1) << 16), FIRST_MULTIPLIER);
    b = imul(b ^ key.charCodeAt(i + 2) ^ (key.charCodeAt(i + 3) << 16), SECOND_MULTIPLIER);
    a = (a << 15) | (a >>> 17);
    b = (b << 13) | (b >>> 19);
  }
  for (; i < length; i++) {
    a = imul(a ^ key.charCodeAt(i), FIRST_MULTIPLIER);
    a = (a << 15) | (a >>> 17);
  }
  return mix(a, b, length);
}

/** {@link hashString} of the string that the ASCII bytes from start to end are; undefined: not all of them are ASCII. */
export function hashAscii(key: Uint8Array, start: number, stop: number, seed: number): number | undefined {
  const length = stop - start;
  let a = seed;
  let b = seed ^ LANE_APART;
  let all = 0;
  let i = start;
  for (const end = stop - 3; i < end; i += 4) {
    const first = key[i]! | (key[i + 1]! << 16);
    const second = key[i + 2]! | (key[i + 3]! << 16);
    all |= first | second;
    a = imul(a ^ first, FIRST_MULTIPLIER);
    b = imul(b ^ second, SECOND_MULTIPLIER);
    a = (a << 15) | (a >>> 17);
    b = (b << 13) | (b >>> 19);
  }
  for (; i < stop; i++) {
    all |= key[i]!;
    a = imul(a ^ key[i]!, FIRST_MULTIPLIER);
    a = (a << 15) | (a >>> 17);
  }
  return (all & NOT_ASCII) === 0 ? mix(a, b, length) : undefined;
}

/** Of the first `length` bytes. @returns a signed 32-bit number. */
export function hashBytes(key: Uint8Array, length: number, seed: number): number {
  let a = seed;
  let b = seed ^ LANE_APART;
  let i = 0;
  for (const end = length - 7; i < end; i += 8) {
    a = imul(a ^ wordAt(key, i), FIRST_MULTIPLIER);
    b = imul(b ^ wordAt(key, i + 4), SECOND_MULTIPLIER);
    a = (a << 15) | (a >>> 17);
    b = (b << 13) | (b >>> 19);
  }
  for (; i < length; i++) {
    a = imul(a ^ key[i]!, FIRST_MULTIPLIER);
    a = (a << 15) | (a >>> 17);
  }
  return mix(a, b, length);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function mix(a: number, b: number, length: number): number {
  let hash = imul(a, FIRST_MULTIPLIER) ^ b ^ length;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
