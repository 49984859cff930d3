// Where keys and values are, by slot. A cache decides who may stay and for how long; this holds what it has: the index from
// key to slot, the keys, the values. Slots are small integers from 1 (0: none), used again when freed, so that a policy, and
// whatever else is known of an entry, lives in arrays beside it.
//
// Two kinds: HeapEntries keeps JavaScript values, SlabEntries copies bytes into large slabs that the garbage collector never
// looks into.

/** What is found under a key that is known to have no value: told from every value by identity, off the heap too. */
export const ABSENT: Uint8Array = new Uint8Array(0);

export interface Entries<V> {
  /** How many there are. */
  readonly size: number;
  /** The highest slot that was ever used: what a sweep has to pass. */
  readonly slots: number;
  /** Bytes that an entry costs beyond its key and value, everything rounded up: index, arrays, headers, slack. */
  readonly overheadBytes: number;

  /**
   * The key's slot; 0: none. Keys are well-formed strings: whoever keeps them in UTF-8 can't tell one lone surrogate from
   * another.
   */
  find(key: string): number;
  /** {@link find} for a key in UTF-8, which lies in a message from start to end and need not become a string. */
  findBytes(bytes: Uint8Array, start: number, end: number): number;
  /** Adds a key that is not there. Fastest right after a {@link find} of the same key. @returns its slot. */
  add(key: string, value: V): number;
  /** Gives a resident slot another value. */
  replace(slot: number, value: V): void;
  /** Frees a resident slot. */
  remove(slot: number): void;

  keyAt(slot: number): string;
  /** A slab's value is copied out: what lies in a slab moves. */
  valueAt(slot: number): V;
  /** Whether the value is {@link ABSENT}. */
  isAbsent(slot: number): boolean;
  /** Bytes of a value that is bytes. */
  lengthAt(slot: number): number;
  /** Copies a value that is bytes to where it is wanted, which must have room. */
  copyValue(slot: number, target: Uint8Array, at: number): void;
  /** 32 bits of the slot's key, signed or not: always the same for one key. */
  hashAt(slot: number): number;
  /** What {@link hashAt} says of the key once it is there. Fastest right after a {@link find} of it. */
  hashOf(key: string): number;
  /** Whether the slot holds an entry. */
  has(slot: number): boolean;

  /** Bytes of a key and value as they are counted, without {@link overheadBytes}. */
  bytesOf(key: string, value: V): number;

  /** Drops everything, the arrays too. */
  clear(): void;
}
