// One limit for the memory of all groups of a node, moved between them to where it wins most hits. Every group measures what
// it would win and lose (its miss-ratio curve); bestMove() decides; this does it, slowly, and keeps the books.
//
// Slowly: a step is a small part of the budget, and one is made at most in each interval. What a group has to drop for it is
// dropped in a pause of a few milliseconds, a mistake costs little before the curves show it, and the pools of a process that
// frees and takes memory all the time do not grow beyond it. Half of the budget moves in about five minutes.

import type { Clock, Timer } from './contracts.js';
import { bestMove, type MemoryMove } from './memory-move.js';
import { rescaleBudget } from './memory-shares.js';

/** A group as its budget sees it. */
export interface BudgetedGroup {
  readonly name: string;
  readonly maxBytes: number;
  /** Requests for its own keys, since the beginning. */
  readonly ownRequests: number;
  /** Part of them that would miss with such a limit, 0 to 1; undefined: not known yet. */
  missRatioAt(maxBytes: number): number | undefined;
  /** When it returns, the group holds no more than that. */
  resize(limits: { maxBytes: number }): void;
}

export interface MemoryBudgetOptions {
  /** What the limits of all groups together never exceed, not for a moment either. */
  budgetBytes: number;
  groups: readonly { readonly group: BudgetedGroup; readonly minBytes: number }[];
  clock: Clock;
  /** How often a move may be made, in ms. Default 10,000. */
  intervalMs?: number | undefined;
  /** Hears of every move, after it is made. Must not throw. */
  onMove?: ((move: MemoryMove) => void) | undefined;
}

/** A move that was made, and when, in the clock's ms. */
export interface MoveMade extends MemoryMove {
  readonly at: number;
}

const DEFAULT_INTERVAL_MS = 10_000;
const STEP_SHARE = 1 / 64; // of the budget
const LAST_MOVES = 32;
const SMOOTHING = 1 / 4; // of an interval's rate against that of the ones before: a burst is no reason to move

interface Member {
  readonly group: BudgetedGroup;
  minBytes: number;
  requests: number; // at the last look
  requestsPerSecond: number;
}

export interface BudgetChange {
  readonly budgetBytes?: number | undefined;
  /** By the name of the group. */
  readonly minBytes?: ReadonlyMap<string, number> | undefined;
  /** In force from the next move on. */
  readonly intervalMs?: number | undefined;
}

export class MemoryBudget {
  readonly #members: readonly Member[];
  readonly #clock: Clock;
  #budgetBytes: number;
  #intervalMs: number;
  readonly #onMove: MemoryBudgetOptions['onMove'];
  readonly #moved = new Map<string, Map<string, number>>();
  #lastMoves: readonly MoveMade[] = [];
  #moves = 0;
  #lookedAt: number;
  #hasLooked = false;
  #timer: Timer;

  /** @throws {RangeError} if the groups' limits add up to more than the budget, or one is below its least. */
  constructor({ budgetBytes, groups, clock, intervalMs = DEFAULT_INTERVAL_MS, onMove }: MemoryBudgetOptions) {
    const sum = groups.reduce((bytes, { group }) => bytes + group.maxBytes, 0);
    if (!(sum <= budgetBytes))
      throw new RangeError(`the groups have ${sum} bytes, more than the budget, ${budgetBytes}`);
    const small = groups.find(({ group, minBytes }) => !(minBytes > 0 && group.maxBytes >= minBytes));
    if (small !== undefined) {
      throw new RangeError(`minBytes of ${small.group.name} must be from 1 to its ${small.group.maxBytes} bytes`);
    }
    this.#budgetBytes = budgetBytes;
    this.#members = groups.map(({ group, minBytes }) => {
      return { group, minBytes, requests: group.ownRequests, requestsPerSecond: 0 };
    });
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#onMove = onMove;
    this.#lookedAt = clock.now();
    this.#timer = clock.setTimeout(() => this.#tick(), intervalMs);
  }

  get budgetBytes(): number {
    return this.#budgetBytes;
  }

  /** What one move moves. */
  get stepBytes(): number {
    return Math.max(1, Math.floor(this.#budgetBytes * STEP_SHARE));
  }

  /**
   * Puts other limits in force, all or none; what is left out stays. Groups grow or shrink with the budget, each in proportion,
   * and keep what they have won of each other.
   * @throws {RangeError} the least of all groups is more than the budget; then nothing has changed.
   */
  change({ budgetBytes = this.#budgetBytes, minBytes, intervalMs = this.#intervalMs }: BudgetChange): void {
    const shares = this.#members.map((member) => {
      const { name, maxBytes } = member.group;
      return { name, maxBytes, minBytes: minBytes?.get(name) ?? member.minBytes };
    });
    const rescaled = rescaleBudget(budgetBytes, shares);
    this.#budgetBytes = budgetBytes;
    this.#intervalMs = intervalMs;
    const changes = this.#members.map((member, i) => ({ member, ...rescaled[i]! }));
    changes.sort((a, b) => a.maxBytes - a.member.group.maxBytes - (b.maxBytes - b.member.group.maxBytes)); // givers first
    for (const { member, maxBytes, minBytes: least } of changes) {
      member.minBytes = least;
      if (maxBytes !== member.group.maxBytes) member.group.resize({ maxBytes });
    }
  }

  /** Moves made since the beginning. */
  get moves(): number {
    return this.#moves;
  }

  /** The last few moves with their reasons, the latest first. */
  get lastMoves(): readonly MoveMade[] {
    return this.#lastMoves;
  }

  /** Bytes moved since the beginning, for each pair of groups between which any were. */
  get movedBytes(): { readonly from: string; readonly to: string; readonly bytes: number }[] {
    return [...this.#moved].flatMap(([from, byTaker]) => [...byTaker].map(([to, bytes]) => ({ from, to, bytes })));
  }

  /** Stops for good; the groups keep what they have. */
  close(): void {
    this.#timer.cancel();
  }

  #tick(): void {
    this.#timer = this.#clock.setTimeout(() => this.#tick(), this.#intervalMs);
    this.#measure();
    const shares = this.#members.map(({ group, minBytes, requestsPerSecond }) => ({
      name: group.name,
      maxBytes: group.maxBytes,
      minBytes,
      requestsPerSecond,
      missRatioAt: (maxBytes: number) => group.missRatioAt(maxBytes),
    }));
    const move = bestMove(shares, this.stepBytes);
    if (move !== undefined) this.#make(move);
  }

  #measure(): void {
    const now = this.#clock.now();
    const seconds = (now - this.#lookedAt) / 1_000;
    this.#lookedAt = now;
    if (!(seconds > 0)) return;
    for (const member of this.#members) {
      const rate = (member.group.ownRequests - member.requests) / seconds;
      member.requests = member.group.ownRequests;
      member.requestsPerSecond += (rate - member.requestsPerSecond) * (this.#hasLooked ? SMOOTHING : 1);
    }
    this.#hasLooked = true;
  }

  #make(move: MemoryMove): void {
    const { from, to, bytes } = move;
    const [giver, taker] = [this.#groupOf(from), this.#groupOf(to)];
    giver.resize({ maxBytes: giver.maxBytes - bytes }); // first: the sum is never above the budget
    taker.resize({ maxBytes: taker.maxBytes + bytes });
    const byTaker = this.#moved.get(from) ?? new Map<string, number>();
    this.#moved.set(from, byTaker.set(to, (byTaker.get(to) ?? 0) + bytes));
    this.#moves++;
    this.#lastMoves = [{ ...move, at: this.#clock.now() }, ...this.#lastMoves].slice(0, LAST_MOVES);
    this.#onMove?.(move);
  }

  #groupOf(name: string): BudgetedGroup {
    return this.#members.find(({ group }) => group.name === name)!.group;
  }
}
