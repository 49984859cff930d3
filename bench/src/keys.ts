// The keys that every measurement uses: `session:` and twelve digits, twenty bytes, about what services use.
//
// They are cut from a buffer, never concatenated: a concatenation is a tree of strings until somebody needs its
// characters, and the first cache to be measured would pay for that.

export const KEY_BYTES = 20;

const PREFIX = 'session:';
const DIGITS = KEY_BYTES - PREFIX.length;
const ZERO = 0x30;

const scratch = Buffer.alloc(KEY_BYTES);

/** Writes the key of an id into 20 bytes of a buffer. */
export function writeKey(id: number, into: Buffer, at = 0): void {
  into.write(PREFIX, at, 'latin1');
  let rest = id;
  for (let digit = at + KEY_BYTES - 1; digit >= at + KEY_BYTES - DIGITS; digit--) {
    into[digit] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** The key of an id, a string of its own each time. */
export function keyOf(id: number): string {
  writeKey(id, scratch);
  return scratch.toString('latin1');
}

/** The keys of the ids from 0: what a bench holds itself, so that no cache is charged for them. */
export function keysOf(count: number): string[] {
  const keys: string[] = [];
  for (let id = 0; id < count; id++) keys.push(keyOf(id));
  return keys;
}
