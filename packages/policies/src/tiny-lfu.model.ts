import type { Simulation } from './fixtures/simulate.js';
import type { FrequencySketch } from './frequency-sketch.js';
import { hashBits } from './tiny-lfu-lists.js';
import type { Balance } from './tiny-lfu-rules.js';

/** How the simulated cache hashes a key, and what is kept of it. */
export const modelHashOf = (key: number) => hashBits(Math.imul(key, 0x9e3779b1));

export interface TinyLfuModel {
  balance: Balance;
  /** With the sketch told already. */
  access(key: number): ReturnType<Simulation['access']>;
}

const cut = (keys: number[], key: number) => keys.splice(keys.indexOf(key), 1);

/** The cache of W-TinyLFU from its description: three rows, most recently used first. The sketch is told by who uses it. */
export function tinyLfuModel(capacity: number, sketch: FrequencySketch, first: Balance): TinyLfuModel {
  const window: number[] = [];
  const probation: number[] = [];
  const guarded: number[] = [];
  let chance = 0x2545f491;
  const windowTarget = () => Math.max(1, Math.round(model.balance.window * capacity));
  const size = () => window.length + probation.length + guarded.length;

  function demote(): void {
    const limit = Math.floor(0.8 * (capacity - windowTarget()));
    for (let i = 0; i < 4 && guarded.length > limit; i++) probation.unshift(guarded.pop()!);
  }

  function hit(key: number): void {
    if (window.includes(key)) {
      window.unshift(...cut(window, key));
      return;
    }
    const growing = window.length < windowTarget() && size() === capacity;
    (growing ? window : guarded).unshift(...cut(probation.includes(key) ? probation : guarded, key));
    demote();
  }

  function prevails(candidate: number, other: number): boolean {
    const [ours, theirs] = [candidate, other].map((key) => sketch.frequency(modelHashOf(key))) as [number, number];
    if (ours > theirs + model.balance.handicap) return true;
    if (ours <= 5) return false;
    chance ^= chance << 13;
    chance ^= chance >>> 17;
    chance ^= chance << 5;
    return (chance >>> 0) % 128 === 0;
  }

  function miss(key: number): number[] {
    window.unshift(key);
    demote();
    const fallen: number[] = [];
    while (fallen.length < 4 && window.length > windowTarget()) {
      fallen.push(window.pop()!);
      probation.unshift(fallen.at(-1)!);
    }
    if (size() <= capacity) return [];
    const candidate = fallen[0];
    const oldest = probation.at(-1);
    const row =
      oldest !== undefined && oldest !== candidate ? probation : [guarded, probation, window].find((r) => r.length)!;
    const weakest = row.at(-1)!;
    const leaves =
      candidate === undefined || candidate === weakest || prevails(candidate, weakest) ? weakest : candidate;
    cut([window, probation, guarded].find((r) => r.includes(leaves))!, leaves);
    return [leaves];
  }

  const model: TinyLfuModel = {
    balance: first,
    access(key) {
      if (![...window, ...probation, ...guarded].includes(key)) return { hit: false, left: miss(key) };
      hit(key);
      return { hit: true, left: [] };
    },
  };
  return model;
}
