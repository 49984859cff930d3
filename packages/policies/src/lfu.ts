// Least frequently used: whoever was asked for the fewest times since it came in leaves first; of equals, whoever has
// gone unread the longest. Counts end with the entry and never age: good where popularity is steady, bad where it
// moves, because yesterday's favourites stay.
//
// The constant-time LFU of Shah, Mitra, Matani, "An O(1) algorithm for implementing the LFU cache eviction scheme", 2010,
// keeps a list of counts and under each a list of entries. Here it is one list of all slots, by count and then by last
// use, in which the slots of one count form a *run*. A run knows its count and its last slot; a slot knows its run.
// The run behind it is then the run of the slot behind its last, so runs need no links of their own.
//
//   order:  [ 7 3 ][ 5 ][ 2 9 4 ]        run of count 1: last 3; of count 2: last 5; of count 6: last 4
//   read 7: [ 3 ][ 5 7 ][ 2 9 4 ]        7 goes behind the last of the run of count 2
//   read 4: [ 3 ][ 5 7 ][ 2 9 ][ 4 ]     there is none of count 7: it starts there
//
// Cost: O(1). A slot alone in its run, as the hottest are, only has its count raised.
// Memory: 24 bytes a slot: 8 links, 4 run, and as there may be as many runs as slots, 8 count and 4 last.

import { type EvictionPolicy, type PolicyOptions, slotsToReserve } from './policy.js';
import { resized } from './resized.js';
import { SlotList } from './slot-list.js';

export class Lfu implements EvictionPolicy {
  /** Who leaves first is first. */
  readonly #order: SlotList;
  #slots: number;
  /** Of each slot; 0 of slot 0, and run 0 has count 0, so the list's end looks like a run that nobody joins. */
  #run: Uint32Array;
  /** Of each run, ascending along the order. Doubles: a hot key overflows 32 bits within hours. */
  #count: Float64Array;
  /** Of each run its last slot; of a free run the next free one. */
  #last: Uint32Array;
  #freeRun = 0;
  #runsMade = 0;
  #newcomer = 0;

  constructor(options: PolicyOptions = {}) {
    this.#slots = slotsToReserve(options);
    this.#order = new SlotList(1, this.#slots);
    this.#run = new Uint32Array(this.#slots + 1);
    this.#count = new Float64Array(this.#slots + 1);
    this.#last = new Uint32Array(this.#slots + 1);
  }

  added(slot: number): void {
    if (slot > this.#slots) this.#grow(slot);
    this.#place(slot, 1, 0, this.#run[this.#order.first(0)]!);
    this.#newcomer = slot;
  }

  read(slot: number): void {
    this.#newcomer = 0;
    const run = this.#run[slot]!;
    const count = this.#count[run]! + 1;
    const last = this.#last[run]!;
    const previous = this.#order.previous(slot);
    const alone = last === slot && this.#run[previous] !== run;
    const nextRun = this.#run[this.#order.next(last)]!;
    if (alone && this.#count[nextRun] !== count) {
      this.#count[run] = count;
      return;
    }
    this.#take(slot);
    this.#place(slot, count, last === slot ? previous : last, nextRun);
  }

  removed(slot: number): void {
    this.#take(slot); // a newcomer that has gone is never first again until it is added again
  }

  victim(): number | undefined {
    let slot = this.#order.first(0);
    // The newcomer ends the run of count 1: it is first only if it is alone there, and the next would have left before.
    if (slot === this.#newcomer) slot = this.#order.next(slot) || slot;
    if (slot === 0) return undefined;
    this.#take(slot);
    return slot;
  }

  /** Puts a slot at the end of `nextRun` if that run has this count, else into a new run right behind `previous`. */
  #place(slot: number, count: number, previous: number, nextRun: number): void {
    const joins = this.#count[nextRun] === count;
    const run = joins ? nextRun : this.#makeRun(count);
    this.#order.insertAfter(joins ? this.#last[run]! : previous, slot);
    this.#run[slot] = run;
    this.#last[run] = slot;
  }

  /** Takes a slot out of the order and its run; the run ends with its only slot. */
  #take(slot: number): void {
    const run = this.#run[slot]!;
    if (this.#last[run] === slot) {
      const previous = this.#order.previous(slot);
      if (this.#run[previous] === run) this.#last[run] = previous;
      else this.#freeTheRun(run);
    }
    this.#order.unlink(slot);
  }

  #makeRun(count: number): number {
    let run = this.#freeRun;
    if (run === 0) run = ++this.#runsMade;
    else this.#freeRun = this.#last[run]!;
    this.#count[run] = count;
    return run;
  }

  #freeTheRun(run: number): void {
    this.#last[run] = this.#freeRun;
    this.#freeRun = run;
  }

  #grow(slot: number): void {
    this.#slots = Math.max(slot, 2 * this.#slots);
    this.#order.reserve(this.#slots);
    this.#run = resized(this.#run, this.#slots + 1);
    this.#count = resized(this.#count, this.#slots + 1);
    this.#last = resized(this.#last, this.#slots + 1);
  }
}
