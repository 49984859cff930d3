// What happens to a cluster in one run, as plain data: drawn from a seed, cut down by shrinking, told as a story.

import { seededRandom } from '@ringcache/cache-core/testing';
import type { Dialect } from '@ringcache/hashring';

/** Where an operation enters: a client by number, or a node by number, asked in its own process. */
export type Entrance = { readonly client: number } | { readonly node: number };

export type Operation =
  | { readonly kind: 'get'; readonly group: GroupName; readonly key: string }
  | { readonly kind: 'getMany'; readonly group: GroupName; readonly keys: readonly string[] }
  | { readonly kind: 'set'; readonly key: string } // in kv
  | { readonly kind: 'delete'; readonly key: string } // in kv
  | { readonly kind: 'deleteMany'; readonly keys: readonly string[] } // in kv
  | { readonly kind: 'update'; readonly key: string } // the database, then a delete in db
  | { readonly kind: 'remove'; readonly key: string } // the row in the database, then a delete in db
  | { readonly kind: 'update-all'; readonly keys: readonly string[] } // the database, then a clear of db
  | { readonly kind: 'silent-update'; readonly key: string } // the database, and nobody is told
  | { readonly kind: 'clear'; readonly group: GroupName }
  | { readonly kind: 'resize'; readonly group: GroupName; readonly maxBytes: number }; // of one node, as a reload does it

export type Fault =
  | { readonly fault: 'cut'; readonly from: number; readonly to: number } // messages one way are lost
  | { readonly fault: 'isolate'; readonly node: number } // from all other nodes
  | { readonly fault: 'cut-off'; readonly node: number } // from all other nodes and etcd; clients still reach it
  | { readonly fault: 'crash'; readonly node: number } // all is gone; it starts again in the end
  | { readonly fault: 'leave'; readonly node: number } // in good order; it starts again in the end
  | { readonly fault: 'twin'; readonly node: number } // another process takes the id, at an address of its own
  | { readonly fault: 'stranger'; readonly node: number } // it crashes, and a process of another cluster has its address
  | { readonly fault: 'pause'; readonly node: number } // the process stands still
  | { readonly fault: 'slow-network' } // long delays, and so messages overtake each other
  | { readonly fault: 'lossy-network' }
  | { readonly fault: 'slow-origin' }
  | { readonly fault: 'failing-origin' }
  | { readonly fault: 'hanging-origin' }
  | { readonly fault: 'etcd-away' } // for all nodes
  | { readonly fault: 'etcd-cut'; readonly node: number } // for one: what it sends is lost, what it is sent comes late
  | { readonly fault: 'etcd-deaf'; readonly node: number } // its watch lives and says nothing
  | { readonly fault: 'etcd-late'; readonly node: number } // its watch tells late: rings disagree
  | { readonly fault: 'etcd-links' } // of all nodes at once, while etcd itself lives: leases run out
  | { readonly fault: 'etcd-slow' } // each answer takes two seconds more
  | { readonly fault: 'etcd-emptied' } // all that it holds is lost
  | { readonly fault: 'leases-lost' }
  | { readonly fault: 'compaction' };

export type Step = { readonly at: number } & (
  | { readonly op: Operation; readonly via: Entrance }
  | { readonly fault: Fault['fault']; readonly what: Fault; readonly forMs: number }
);

export type GroupName = 'db' | 'kv';

/** Limits of the groups, drawn from ranges that hold the shipped ones. Times in ms, sizes in bytes. */
export interface Settings {
  readonly maxBytes: number;
  readonly valueBytes: number;
  /** Of values in `db`; 0: they live for ever. */
  readonly ttlMs: number;
  /** The same in `kv`. */
  readonly kvTtlMs: number;
  readonly negativeTtlMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  readonly softTimeoutMs: number;
  readonly refreshAheadMs: number;
  readonly hotTtlMs: number;
  readonly hotAfterFetches: number;
  readonly flightTimeoutMs: number;
  readonly acknowledgeTimeoutMs: number;
  readonly handoffMs: number;
  /** How long a registration lives that nobody renews. */
  readonly registrationMs: number;
  readonly grantMs: number;
}

export interface Scenario {
  readonly seed: number;
  readonly nodes: number;
  readonly clients: number;
  /** Each node's clock against the true one. */
  readonly rates: readonly number[];
  readonly keys: readonly string[];
  readonly settings: Settings;
  /** Where nodes hold their values. */
  readonly store: 'heap' | 'slabs';
  /** Shares of the ring, of each node. */
  readonly weights: readonly number[];
  readonly dialect: Dialect;
  /** What a message takes when nothing is at fault, in ms. */
  readonly latencyMs: readonly [number, number];
  /**
   * `static`: every node has the same list all the time. `moving`: a list that is kept elsewhere, as in DNS, and has the nodes that
   * run; each node gets each list within a second.
   */
  readonly discovery: 'etcd' | 'static' | 'moving';
  /** The groups have their memory together, and it moves between them. */
  readonly hasBudget: boolean;
  readonly steps: readonly Step[];
  /** When the last fault is over. */
  readonly activeMs: number;
}

const MIN_ACTIVE_MS = 20_000;
const MAX_ACTIVE_MS = 60_000;
const MEAN_PAUSES_MS = [350, 350, 120]; // between operations
/** Of the writes that everybody is told of, what part is made: else no copy would get old. */
const WRITE_SHARES = [1, 1, 0.2];
/** What a budget leaves a group at least. */
const LEAST_BUDGETED_BYTES = 64 * 1024;
const CALM_SHARE = 0.15; // of scenarios: nothing is at fault, and so nothing may be lost
/** Rates of the members' clocks: two differ by a factor of 1.5 at most. */
const [SLOWEST, FASTEST] = [0.82, 1.22];

/** Nothing out of the ordinary. */
export const PLAIN_WORLD = {
  store: 'heap',
  dialect: 'ringcache',
  latencyMs: [0.2, 4],
  discovery: 'etcd',
  hasBudget: false,
} as const satisfies Partial<Scenario>;

/** What a member counts by its own clock takes so much longer by the true one, at most. */
export const CLOCK_MARGIN = 1.25;

/** Short, so that much happens in a minute. */
const SHORT_LEASES = { registrationMs: 4_000, grantMs: 1_200 };
const SHIPPED_LEASES = { registrationMs: 10_000, grantMs: 2_000 };

const PLAIN: Settings = {
  maxBytes: 64 * 1024,
  valueBytes: 20,
  ttlMs: 0,
  kvTtlMs: 0,
  negativeTtlMs: 0,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  softTimeoutMs: 0,
  refreshAheadMs: 0,
  hotTtlMs: 2_000,
  hotAfterFetches: 1,
  flightTimeoutMs: 2_000,
  acknowledgeTimeoutMs: 1_000,
  handoffMs: 3_000,
  ...SHORT_LEASES,
};

export function drawScenario(seed: number): Scenario {
  const random = seededRandom(seed * 2_654_435_761);
  const draw = new Draw(random);
  const nodes = random() < 0.9 ? draw.whole(3, 7) : draw.whole(8, 12);
  const clients = draw.whole(1, 3);
  const activeMs = draw.whole(MIN_ACTIVE_MS, MAX_ACTIVE_MS);
  const keys = Array.from({ length: draw.whole(2, 8) }, (_, i) => `key-${i}`);
  const rates = Array.from({ length: nodes }, () => SLOWEST + random() * (FASTEST - SLOWEST));
  const settings = draw.settings();
  const steps: Step[] = [];
  const pauseMs = draw.of(MEAN_PAUSES_MS);
  const writeShare = draw.of(WRITE_SHARES);
  for (let at = 0; at < activeMs; at += draw.whole(1, 2 * pauseMs)) {
    const via = random() < 0.5 ? { client: draw.below(clients) } : { node: draw.below(nodes) };
    steps.push({ at, op: draw.operation(keys, writeShare), via });
    // Bursts: what happens in the same turn, or nearly, is where races are.
    if (random() < 0.3)
      steps.push({ at: at + draw.whole(0, 4), op: draw.operation(keys, writeShare), via: { node: draw.below(nodes) } });
  }
  let hasForgotten = false;
  for (let i = random() < CALM_SHARE ? 0 : draw.whole(2, 9); i > 0; i--) {
    const what = draw.fault(nodes);
    hasForgotten ||= what.fault === 'etcd-emptied';
    const at = draw.whole(0, activeMs - 1);
    steps.push({ at, fault: what.fault, what, forMs: Math.min(draw.whole(200, 20_000), activeMs - at) });
  }
  const surroundings = draw.surroundings(nodes, settings);
  if (draw.whole(1, 6) === 1) {
    for (let i = draw.whole(1, 6); i > 0; i--) {
      const maxBytes = Math.round(settings.maxBytes * draw.of([0.5, 1, 2]));
      const op = { kind: 'resize', group: draw.of(['db', 'kv'] as const), maxBytes } as const;
      steps.push({ at: draw.whole(0, activeMs - 1), op, via: { node: draw.below(nodes) } });
    }
  }
  // What is not promised: whoever goes by another list than the others for longer than a grant.
  if (surroundings.discovery === 'moving')
    for (const [i, step] of [...steps.entries()].reverse())
      if ('what' in step && step.fault === 'pause') steps.splice(i, 1);
  // What is not promised: etcd forgets everything while members are cut off from it and from the others.
  if (hasForgotten) for (const [i, step] of [...steps.entries()].reverse()) if (cutsOff(step)) steps.splice(i, 1);
  steps.sort((a, b) => a.at - b.at);
  return { seed, nodes, clients, rates, keys, settings, ...surroundings, steps, activeMs };
}

function cutsOff(step: Step): boolean {
  const kinds: readonly Fault['fault'][] = ['isolate', 'cut-off', 'pause', 'etcd-cut', 'etcd-links'];
  return 'what' in step && kinds.includes(step.fault);
}

/** Of a scenario, what stays as it is all the time. */
type Surroundings = Pick<Scenario, 'store' | 'weights' | 'dialect' | 'latencyMs' | 'discovery' | 'hasBudget'>;

class Draw {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** Both ends included. */
  whole(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  operation(keys: readonly string[], writeShare: number): Operation {
    const key = this.of(keys);
    const group = this.of(['db', 'kv'] as const);
    const x = this.#random();
    const isTold = x >= 0.68 && !(x >= 0.78 && x < 0.8);
    if (isTold && this.#random() >= writeShare) return { kind: 'get', group, key };
    if (x < 0.62) return { kind: 'get', group, key };
    if (x < 0.68) return { kind: 'getMany', group, keys: [...new Set([key, this.of(keys), this.of(keys)])] };
    if (x < 0.73) return { kind: 'update', key };
    if (x < 0.76) return { kind: 'remove', key };
    if (x < 0.78) return { kind: 'update-all', keys: [...new Set([key, this.of(keys), this.of(keys)])] };
    if (x < 0.8) return { kind: 'silent-update', key };
    if (x < 0.92) return { kind: 'set', key };
    if (x < 0.97) return { kind: 'delete', key };
    if (x < 0.985) return { kind: 'deleteMany', keys: [...new Set([key, this.of(keys)])] };
    return { kind: 'clear', group };
  }

  /** Half of the time plain ones: where values live for ever a member that keeps an old one is found out. */
  settings(): Settings {
    if (this.#random() < 0.5) return { ...PLAIN, ...this.of([SHORT_LEASES, SHIPPED_LEASES]) };
    const ttlMs = this.of([0, 0, 800, 5_000, 60_000]);
    return {
      maxBytes: this.of([8 * 1024, 64 * 1024, 1024 * 1024]),
      valueBytes: this.of([20, 20, 200, 2_000]),
      ttlMs,
      kvTtlMs: this.of([0, 0, 800, 5_000, 60_000]),
      negativeTtlMs: this.of([0, 0, 500, 5_000]),
      staleWhileRevalidateMs: this.of([0, 0, 1_000, 10_000]),
      staleIfErrorMs: this.of([0, 0, 1_000, 10_000]),
      softTimeoutMs: this.of([0, 0, 200]),
      refreshAheadMs: ttlMs === 0 ? 0 : this.of([0, 0, ttlMs / 4]),
      hotTtlMs: this.of([0, 500, 2_000, 10_000]),
      hotAfterFetches: this.of([1, 1, 2]),
      flightTimeoutMs: this.of([2_000, 5_000]),
      acknowledgeTimeoutMs: this.of([1_000, 2_000]),
      handoffMs: this.of([3_000, 10_000]),
      ...this.of([SHORT_LEASES, SHIPPED_LEASES]),
    };
  }

  surroundings(nodes: number, { maxBytes }: Settings): Surroundings {
    const isWeighted = this.#random() < 0.25;
    return {
      store: this.of(['heap', 'slabs']),
      weights: Array.from({ length: nodes }, () => (isWeighted ? this.of([0.25, 0.5, 1, 2, 4]) : 1)),
      dialect: this.of(['ringcache', 'ringcache', 'ringcache', 'ringcache', 'groupcache', 'groupcache-v3', 'ggcache']),
      latencyMs: this.of([
        [0.2, 4],
        [0.2, 4],
        [0.2, 4],
        [0.2, 4],
        [10, 40],
        [50, 200],
      ] as const),
      discovery: this.of(['etcd', 'etcd', 'etcd', 'etcd', 'etcd', 'etcd', 'etcd', 'etcd', 'static', 'moving']),
      hasBudget: this.#random() < 0.15 && maxBytes >= LEAST_BUDGETED_BYTES,
    };
  }

  fault(nodes: number): Fault {
    const node = this.below(nodes);
    const fault = this.of(FAULTS);
    switch (fault) {
      case 'cut':
        return { fault, from: node, to: (node + this.whole(1, nodes - 1)) % nodes };
      case 'isolate':
      case 'cut-off':
      case 'crash':
      case 'leave':
      case 'twin':
      case 'stranger':
      case 'pause':
      case 'etcd-cut':
      case 'etcd-deaf':
      case 'etcd-late':
        return { fault, node };
      default:
        return { fault };
    }
  }
}

/** Of the origin. */
export const ORIGIN_FAULTS: readonly Fault['fault'][] = ['slow-origin', 'failing-origin', 'hanging-origin'];

/** Of the directory and the ways to it. */
export const DIRECTORY_FAULTS: readonly Fault['fault'][] = [
  'etcd-away',
  'etcd-cut',
  'etcd-deaf',
  'etcd-late',
  'etcd-links',
  'etcd-slow',
  'etcd-emptied',
  'leases-lost',
  'compaction',
];

export const FAULTS: readonly Fault['fault'][] = [
  'cut',
  'isolate',
  'cut-off',
  'crash',
  'leave',
  'twin',
  'stranger',
  'pause',
  'slow-network',
  'lossy-network',
  ...ORIGIN_FAULTS,
  ...DIRECTORY_FAULTS,
];

/** How little a node may come to have for a group. */
export function leastBytes({ settings, hasBudget, steps }: Scenario): number {
  const isResized = steps.some((step) => 'op' in step && step.op.kind === 'resize');
  return (settings.maxBytes * (hasBudget ? 1 / 8 : 1)) / (isResized ? 2 : 1);
}

/** After a fault is over, how long it can take until the ring is as if it had not been, and calls are quick again. */
export function aftermathMs({ registrationMs, grantMs }: Settings): number {
  const waitMs = grantMs * 1.5;
  return (registrationMs + 3 * waitMs) * CLOCK_MARGIN + 1_000;
}
