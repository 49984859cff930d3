import type { Simulation } from './fixtures/simulate.js';

interface Entry {
  readonly key: number;
  wasRead: boolean;
}

/** SIEVE from algorithm 1 of Zhang et al., NSDI 2024: a row from oldest to youngest, and a hand in it. */
export function sieveModel(capacity: number, sizeOf: (key: number) => number = () => 1): Simulation {
  const row: Entry[] = [];
  let hand = 0; // a place in the row; its length, when the hand has passed the youngest: the oldest is next

  function evict(): number {
    for (;;) {
      if (hand >= row.length) hand = 0;
      const entry = row[hand]!;
      if (!entry.wasRead) return row.splice(hand, 1)[0]!.key; // the next younger has its place now
      entry.wasRead = false;
      hand++;
    }
  }

  return {
    access(key) {
      const found = row.find((entry) => entry.key === key);
      if (found !== undefined) {
        found.wasRead = true;
        return { hit: true, left: [] };
      }
      const left: number[] = [];
      while (row.reduce((used, other) => used + sizeOf(other.key), sizeOf(key)) > capacity) left.push(evict());
      if (hand >= row.length) hand = 0; // before the youngest comes: the hand does not wait for it
      row.push({ key, wasRead: false });
      return { hit: false, left };
    },
    drop(key) {
      const at = row.findIndex((entry) => entry.key === key);
      if (at < 0) return;
      row.splice(at, 1);
      if (at < hand) hand--;
    },
  };
}
