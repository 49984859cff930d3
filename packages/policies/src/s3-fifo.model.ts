import type { Simulation } from './fixtures/simulate.js';

interface Entry {
  readonly key: number;
  reads: number;
}

/** S3-FIFO from algorithm 1 of Yang et al., SOSP 2023: plain arrays, the oldest first. The small queue holds one at least. */
export function s3FifoModel(capacity: number, sizeOf: (key: number) => number = () => 1): Simulation {
  const small: Entry[] = [];
  const main: Entry[] = [];
  const ghosts: number[] = [];

  function evict(): number {
    const residents = small.length + main.length;
    const smallTarget = Math.max(1, Math.floor(residents / 10));
    for (;;) {
      const fromSmall = small.length > 0 && (small.length >= smallTarget || main.length === 0);
      const entry = (fromSmall ? small : main).shift()!;
      if (fromSmall && entry.reads > 1) main.push({ key: entry.key, reads: 0 });
      else if (fromSmall) {
        ghosts.push(entry.key);
        while (ghosts.length > Math.max(1, residents - smallTarget)) ghosts.shift();
        return entry.key;
      } else if (entry.reads > 0) main.push({ key: entry.key, reads: entry.reads - 1 });
      else return entry.key;
    }
  }

  return {
    access(key) {
      const found = [...small, ...main].find((entry) => entry.key === key);
      if (found !== undefined) {
        found.reads = Math.min(3, found.reads + 1);
        return { hit: true, left: [] };
      }
      const ghost = ghosts.indexOf(key);
      if (ghost >= 0) ghosts.splice(ghost, 1);
      const left: number[] = [];
      const used = () => [...small, ...main].reduce((sum, other) => sum + sizeOf(other.key), sizeOf(key));
      while (used() > capacity) left.push(evict());
      (ghost >= 0 ? main : small).push({ key, reads: 0 });
      return { hit: false, left };
    },
    drop(key) {
      for (const queue of [small, main]) {
        const at = queue.findIndex((entry) => entry.key === key);
        if (at >= 0) queue.splice(at, 1);
      }
    },
  };
}
