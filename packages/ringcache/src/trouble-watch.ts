import type { Clock, Timer, Trouble } from '@ringcache/cache-core';

/** A trouble that has begun, or is over. */
export interface TroubleReport extends Trouble {
  readonly isOver: boolean;
  /** For how long it has lasted, in ms. */
  readonly forMs: number;
}

export interface TroubleWatchOptions {
  readonly clock: Clock;
  readonly troubles: () => readonly Trouble[];
  readonly report: (report: TroubleReport) => void;
}

const LOOK_EVERY_MS = 1_000;
const LASTS_MS = 3_000; // what is over sooner is what a change of the ring looks like

interface Seen {
  trouble: Trouble;
  readonly since: number;
  isReported: boolean;
}

/** Reports what keeps members from each other: once when it has lasted for 3 s, and once when it is over. */
export class TroubleWatch {
  readonly #options: TroubleWatchOptions;
  readonly #seen = new Map<string, Seen>();
  #timer: Timer;

  constructor(options: TroubleWatchOptions) {
    this.#options = options;
    this.#timer = this.#wait();
  }

  close(): void {
    this.#timer.cancel();
  }

  #wait(): Timer {
    return this.#options.clock.setTimeout(() => {
      this.#look();
      this.#timer = this.#wait();
    }, LOOK_EVERY_MS);
  }

  #look(): void {
    const { clock, troubles, report } = this.#options;
    const now = clock.now();
    const present = new Map(troubles().map((trouble) => [`${trouble.kind} ${trouble.member}`, trouble]));
    for (const [name, trouble] of present) {
      const seen = this.#seen.get(name) ?? { trouble, since: now, isReported: false };
      this.#seen.set(name, seen);
      seen.trouble = trouble;
      const forMs = now - seen.since;
      if (seen.isReported || forMs < LASTS_MS) continue;
      seen.isReported = true;
      report({ ...trouble, isOver: false, forMs });
    }
    for (const [name, { trouble, since, isReported }] of this.#seen) {
      if (present.has(name)) continue;
      this.#seen.delete(name);
      if (isReported) report({ ...trouble, isOver: true, forMs: now - since });
    }
  }
}
