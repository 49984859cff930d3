// Remembers keys that have left, by 32-bit hash, in one or more lists by age: what ARC calls B1 and B2, and what 2Q and
// S3-FIFO need one of. An entry that comes back finds out which list it was in.
//
// A ghost is a node in a SlotList (its age), chained into a hash table (finding it). Chains rather than open addressing:
// taking a ghost out of the middle moves no other node, and free nodes reuse the chain word. Two keys with one hash
// make two ghosts; which of them is taken first is not said.
//
// Cost: O(1), one chain of about one node to walk; keys picked to share a hash make it long, so a cache whose keys come
// from strangers must seed its hash. Memory: 17 bytes a ghost, and 4 to 8 of the hash table.

import { resized } from './resized.js';
import { SlotList } from './slot-list.js';

/** The answer of `take` for a hash that is not remembered. */
export const NO_GHOST = -1;

const FIBONACCI = 0x9e3779b1; // 2^32 / golden ratio: spreads hashes whose low bits are poor over the high bits
const SMALLEST_TABLE_BITS = 4;

export class Ghosts {
  /** In each list the youngest first. */
  readonly #ages: SlotList;
  readonly #sizes: Int32Array;
  #nodes: number;
  #hash: Int32Array;
  #list: Uint8Array;
  /** Next in the same chain, or the next free node. */
  #chain: Uint32Array;
  #table = new Uint32Array(0);
  /** 32 less the table's bits. */
  #shift = 0;
  #freeNode = 0;
  #nodesMade = 0;

  /**
   * Sets no limit by itself: the owner forgets the oldest.
   * @param lists 1 to 256.
   * @param nodes ghosts to reserve room for; beyond it the arrays double.
   */
  constructor(lists: number, nodes: number) {
    this.#ages = new SlotList(lists, nodes);
    this.#sizes = new Int32Array(lists);
    this.#nodes = nodes;
    this.#hash = new Int32Array(nodes + 1);
    this.#list = new Uint8Array(nodes + 1);
    this.#chain = new Uint32Array(nodes + 1);
    this.#buildTable();
  }

  size(list: number): number {
    return this.#sizes[list]!;
  }

  /** The node of the oldest; 0: the list is empty. */
  oldest(list: number): number {
    return this.#ages.last(list);
  }

  /** Puts a hash into a list as its youngest. @returns its node, by which an owner may keep more about it. */
  remember(list: number, hash: number): number {
    const node = this.#makeNode();
    this.#hash[node] = hash;
    this.#list[node] = list;
    this.#enterTable(node);
    this.#ages.pushFirst(list, node);
    this.#sizes[list]!++;
    return node;
  }

  /** Does nothing if the list is empty. */
  forgetOldest(list: number): void {
    const node = this.#ages.last(list);
    if (node === 0) return;
    const at = Math.imul(this.#hash[node]!, FIBONACCI) >>> this.#shift;
    let before = 0;
    for (let other = this.#table[at]!; other !== node; other = this.#chain[other]!) before = other;
    this.#free(node, before, at);
  }

  /** Takes a hash out of the list it is in, and says which: {@link NO_GHOST} if in none. */
  take(hash: number): number {
    const wanted = hash | 0;
    const at = Math.imul(wanted, FIBONACCI) >>> this.#shift;
    let before = 0;
    for (let node = this.#table[at]!; node !== 0; node = this.#chain[node]!) {
      if (this.#hash[node] === wanted) return this.#free(node, before, at);
      before = node;
    }
    return NO_GHOST;
  }

  /** Returns the list that the node was in. */
  #free(node: number, before: number, at: number): number {
    const next = this.#chain[node]!;
    if (before === 0) this.#table[at] = next;
    else this.#chain[before] = next;
    this.#ages.unlink(node);
    this.#chain[node] = this.#freeNode;
    this.#freeNode = node;
    const list = this.#list[node]!;
    this.#sizes[list]!--;
    return list;
  }

  #makeNode(): number {
    const free = this.#freeNode;
    if (free !== 0) {
      this.#freeNode = this.#chain[free]!;
      return free;
    }
    if (this.#nodesMade === this.#nodes) this.#grow();
    return ++this.#nodesMade;
  }

  #enterTable(node: number): void {
    const at = Math.imul(this.#hash[node]!, FIBONACCI) >>> this.#shift;
    this.#chain[node] = this.#table[at]!;
    this.#table[at] = node;
  }

  /** Only called with every node in use, so that all of them belong into the table. */
  #grow(): void {
    this.#nodes = Math.max(1, 2 * this.#nodes);
    this.#ages.reserve(this.#nodes);
    this.#hash = resized(this.#hash, this.#nodes + 1);
    this.#list = resized(this.#list, this.#nodes + 1);
    this.#chain = resized(this.#chain, this.#nodes + 1);
    this.#buildTable();
  }

  #buildTable(): void {
    const bits = Math.max(SMALLEST_TABLE_BITS, Math.ceil(Math.log2(this.#nodes + 1)));
    this.#table = new Uint32Array(2 ** bits);
    this.#shift = 32 - bits;
    for (let node = 1; node <= this.#nodesMade; node++) this.#enterTable(node);
  }
}
