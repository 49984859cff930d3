// A policy orders slots and stores nothing else.
//
// A cache keeps its entries in slots: small integers from 1 on, used again when freed (0 is the sentinel of every list).
// It tells the policy what happens to a slot; the policy answers one question, who leaves next. Keys, values, sizes,
// deadlines and limits stay with the cache, so a policy is integers in, integers out, and lives in typed arrays: no
// object per entry, nothing allocated on a hit, nothing for the garbage collector to walk.
//
// How a cache drives it:
//   hit            read(slot); an overwrite of a present key counts as one, the slot stays
//   miss           store the new entry, added(slot, keyHash), then while over the limit: free the slot victim() names
//   expiry, delete removed(slot)
//
// So victim() runs with the newcomer already in, where the textbooks evict first and insert then. The order was chosen
// because a cache bounded by bytes knows only after storing how many must leave. A policy must give the same hits
// either way: "the newcomer" is the slot of the last added(), until it is read or removed; it is left out of the choice
// and of every count that the choice rests on, unless it is the only one left. Policies with admission (W-TinyLFU) may
// name it on purpose.
//
// The caller is trusted: added() for a resident slot, or read() and removed() for one that is not, break the order
// without an error. A check would cost every hit a memory access; the cache's index knows already.

export interface EvictionPolicy {
  /**
   * A new entry sits in this slot. Takes the slot in as the newcomer.
   * @param slot from 1; one above all earlier ones grows the arrays (doubling), if they were not reserved.
   * @param keyHash 32 bits, signed or not, the same whenever the key comes back: ghost lists and sketches know keys by
   *   it. Two keys with one hash cost hits, never correctness.
   */
  added(slot: number, keyHash: number): void;
  /** A hit on a resident slot. */
  read(slot: number): void;
  /** A resident slot was freed: expired, deleted or replaced. Not for a slot that {@link victim} gave. */
  removed(slot: number): void;
  /**
   * Takes who leaves next out of the order and names it; undefined: nothing is resident.
   * May name the newest entry: that is admission.
   */
  victim(): number | undefined;
  /**
   * For an operator: what a policy that adapts has chosen, and by what, in a sentence with no full stop. Left out: there is
   * nothing to choose.
   */
  describe?(): string;
}

export interface PolicyOptions {
  /**
   * The cache's limit in entries, an integer from 1: every array is reserved at once, with one slot more for the
   * newcomer. Untouched pages of a reservation cost address space, not memory. Default: none, for a cache bounded by
   * bytes alone; arrays begin with {@link INITIAL_SLOTS} slots and double.
   */
  readonly maxEntries?: number | undefined;
}

/** Slots reserved where the limit in entries is not known: a small group stays within a few kilobytes. */
export const INITIAL_SLOTS = 256;

/**
 * How many slots to reserve.
 * @throws {RangeError} if `maxEntries` is not an integer from 1.
 */
export function slotsToReserve({ maxEntries }: PolicyOptions): number {
  if (maxEntries === undefined) return INITIAL_SLOTS;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new RangeError(`maxEntries must be an integer from 1, not ${maxEntries}`);
  }
  return maxEntries + 1; // the newcomer is in before the victim is out
}
