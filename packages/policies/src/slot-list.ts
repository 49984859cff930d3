// One or more doubly linked lists over the same slots; a slot is in one of them at most.
//
// Links sit in one typed array, next and previous of a node side by side, so that moving a slot touches one cache line
// per node and not two. Each list is a ring through a sentinel node of its own: no list has an end to test for, and
// unlinking needs no word on which list the slot is in. The sentinels come first, so slot s is node s + lists - 1, and
// with a single list the sentinel is slot 0.
//
// Memory: 8 bytes a slot. Every operation is O(1), `reserve` apart. Sizes are not kept: who needs them counts.

import { resized } from './resized.js';

const WIDTH = 2; // words a node: next, previous
const PREVIOUS = 1;

export class SlotList {
  /** Node of slot 0. */
  readonly #base: number;
  #links: Uint32Array;

  /** @param slots how many to make room for: 1 to `slots`. */
  constructor(lists: number, slots: number) {
    this.#base = lists - 1;
    this.#links = new Uint32Array(WIDTH * (lists + slots));
    for (let sentinel = 0; sentinel < lists; sentinel++) this.#link(sentinel, sentinel);
  }

  /** Makes room for slots 1 to `slots`. Never shrinks. */
  reserve(slots: number): void {
    const length = WIDTH * (this.#base + 1 + slots);
    if (length > this.#links.length) this.#links = resized(this.#links, length);
  }

  /** 0: the list is empty. */
  first(list: number): number {
    return this.#slot(this.#links[WIDTH * list]!);
  }

  /** 0: the list is empty. */
  last(list: number): number {
    return this.#slot(this.#links[WIDTH * list + PREVIOUS]!);
  }

  /** The slot behind this one; 0: it is the last. */
  next(slot: number): number {
    return this.#slot(this.#links[WIDTH * (slot + this.#base)]!);
  }

  /** The slot before this one; 0: it is the first. */
  previous(slot: number): number {
    return this.#slot(this.#links[WIDTH * (slot + this.#base) + PREVIOUS]!);
  }

  /** Puts a slot that is in no list at the front of one. */
  pushFirst(list: number, slot: number): void {
    this.#insert(list, slot + this.#base);
  }

  /** Puts a slot that is in no list right behind another; behind 0: at the front of the last list. */
  insertAfter(slot: number, newSlot: number): void {
    this.#insert(slot + this.#base, newSlot + this.#base);
  }

  /** Takes a slot out of the list it is in. */
  unlink(slot: number): void {
    const at = WIDTH * (slot + this.#base);
    this.#link(this.#links[at + PREVIOUS]!, this.#links[at]!);
  }

  #insert(node: number, newNode: number): void {
    const next = this.#links[WIDTH * node]!;
    this.#link(node, newNode);
    this.#link(newNode, next);
  }

  #link(node: number, next: number): void {
    this.#links[WIDTH * node] = next;
    this.#links[WIDTH * next + PREVIOUS] = node;
  }

  #slot(node: number): number {
    return node > this.#base ? node - this.#base : 0;
  }
}
