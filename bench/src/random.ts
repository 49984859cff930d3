// Mulberry32 (Tommy Ettinger, 2017): 32 bits of state, the same numbers for the same seed on every machine, and fast
// enough to draw millions of requests between two rounds.

/** @returns uniform numbers from 0 up to, not including, 1. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
