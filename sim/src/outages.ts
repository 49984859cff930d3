// What an outage costs, measured: three members with the shipped settings, a group without an origin and one with, asked all
// the time, and one fault. The result is a row of the table in RELIABILITY.md.

import type { Write } from './history.js';
import { type Fault, PLAIN_WORLD, type Scenario, type Settings, type Step } from './scenario.js';
import { World } from './world.js';

/** A row: what happens to the member of index 2, or to all. */
export interface Outage {
  readonly name: string;
  readonly faults: readonly (Fault & { readonly forMs: number; readonly afterMs?: number })[];
}

const MINUTE = 60_000;
const SUFFERER = 2;

export const OUTAGES: readonly Outage[] = [
  { name: 'etcd is dead for a minute', faults: [{ fault: 'etcd-away', forMs: MINUTE }] },
  { name: 'etcd is slow by 2 s', faults: [{ fault: 'etcd-slow', forMs: MINUTE }] },
  { name: 'the links to etcd are cut, leases run out', faults: [{ fault: 'etcd-links', forMs: MINUTE }] },
  {
    name: 'the same, and etcd is back for all but one',
    faults: [
      { fault: 'etcd-links', forMs: 20_000 },
      { fault: 'etcd-cut', node: SUFFERER, forMs: MINUTE },
    ],
  },
  { name: 'etcd loses all that it holds', faults: [{ fault: 'etcd-emptied', forMs: 1 }] },
  { name: 'a member stands still for 1 s', faults: [{ fault: 'pause', node: SUFFERER, forMs: 1_000 }] },
  { name: 'a member stands still for 3 s', faults: [{ fault: 'pause', node: SUFFERER, forMs: 3_000 }] },
  { name: 'a member stands still for 15 s', faults: [{ fault: 'pause', node: SUFFERER, forMs: 15_000 }] },
  { name: 'a member crashes', faults: [{ fault: 'crash', node: SUFFERER, forMs: MINUTE }] },
  { name: 'a member leaves', faults: [{ fault: 'leave', node: SUFFERER, forMs: MINUTE }] },
  { name: 'a cut one way between two', faults: [{ fault: 'cut', from: 0, to: SUFFERER, forMs: 15_000 }] },
  { name: 'a member is cut off from the others', faults: [{ fault: 'isolate', node: SUFFERER, forMs: 15_000 }] },
  {
    name: 'a member is cut off, and etcd is dead',
    faults: [
      { fault: 'isolate', node: SUFFERER, forMs: 15_000 },
      { fault: 'etcd-away', forMs: 15_000 },
    ],
  },
];

/** What one outage came to, in one run. Times in ms from its beginning. */
export interface Cost {
  /** Of the keys of others, and of the keys that the sufferer owned: gets that failed, asked at the others. */
  readonly failedGets: number;
  readonly failedGetsOfSufferer: number;
  /** Keys of the group without an origin that a get did not find any more. */
  readonly lost: number;
  readonly lostOfSufferer: number;
  /** When the last write of such a key was answered by less than `all`; 0: none was. */
  readonly partialForMs: number;
  readonly unwrittenForMs: number;
  readonly violations: number;
}

const SETTINGS: Settings = {
  maxBytes: 1024 * 1024,
  valueBytes: 20,
  ttlMs: 0,
  kvTtlMs: 0,
  negativeTtlMs: 0,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  softTimeoutMs: 0,
  refreshAheadMs: 0,
  hotTtlMs: 10_000,
  hotAfterFetches: 2,
  flightTimeoutMs: 5_000,
  acknowledgeTimeoutMs: 2_000,
  handoffMs: 10_000,
  registrationMs: 10_000,
  grantMs: 2_000,
};
const KEYS = 30; // half of them are written over and over
const BEGINS_AT = 20_000;
const EVERY_MS = 100;

/** Runs one outage. @param seed draws the clocks' rates and the network's delays. */
export async function measure(outage: Outage, seed: number): Promise<Cost> {
  const world = new World(scenarioFor(outage, seed), false);
  try {
    await world.play();
    return costOf(world);
  } finally {
    await world.end();
  }
}

export function scenarioFor({ faults }: Outage, seed: number): Scenario {
  const keys = Array.from({ length: KEYS }, (_, i) => `key-${i}`);
  const steps: Step[] = keys.map((key, i) => ({ at: i * 10, op: { kind: 'set', key }, via: { node: i % 3 } }));
  const activeMs = BEGINS_AT + 90_000;
  for (let at = 1_000, n = 0; at < activeMs; at += EVERY_MS, n++) {
    const via = { node: n % 2 }; // at the others
    const key = keys[n % KEYS]!;
    steps.push({ at, op: { kind: 'get', group: 'kv', key }, via }, { at, op: { kind: 'get', group: 'db', key }, via });
    steps.push({ at: at + 50, op: { kind: 'set', key: keys[(n * 2) % KEYS]! }, via });
  }
  for (const { forMs, afterMs = 0, ...what } of faults) {
    steps.push({ at: BEGINS_AT + afterMs, fault: what.fault, what: what as Fault, forMs });
  }
  steps.sort((a, b) => a.at - b.at);
  const rates = [0, 1, 2].map((i) => [0.9, 1, 1.1][(i + seed) % 3]!);
  return {
    seed,
    nodes: 3,
    clients: 1,
    rates,
    keys,
    settings: SETTINGS,
    ...PLAIN_WORLD,
    weights: [1, 1, 1],
    steps,
    activeMs,
  };
}

function costOf(world: World): Cost {
  const { history, ownersBefore } = world;
  const isOfSufferer = (key: string) => ownersBefore.get(key) === world.members[SUFFERER]!.id;
  const begunAt = world.begunAt + BEGINS_AT;
  const failed = history.failures.filter(({ start, group }) => start >= begunAt - 1_000 && group === 'kv');
  const emptyReads = history.reads.filter(
    (read) => read.group === 'kv' && read.value === undefined && read.start >= begunAt,
  );
  const gone = [...new Set(emptyReads.map(({ key }) => key))];
  const writes = history.writes.filter(
    (write) => write.group === 'kv' && write.start >= begunAt && write.key !== undefined,
  );
  const until = (which: (write: Write) => boolean) =>
    Math.max(0, ...writes.filter(which).map((write) => write.start - begunAt + 50));
  return {
    failedGets: failed.filter(({ key }) => !isOfSufferer(key)).length,
    failedGetsOfSufferer: failed.filter(({ key }) => isOfSufferer(key)).length,
    lost: gone.filter((key) => !isOfSufferer(key)).length,
    lostOfSufferer: gone.filter(isOfSufferer).length,
    partialForMs: until((write) => write.outcome !== 'all' && !isOfSufferer(write.key!)),
    unwrittenForMs: until((write) => write.outcome !== 'all' && isOfSufferer(write.key!)),
    violations: world.violations.length,
  };
}
