// Groups whose origin takes as long as one likes, beside the one that has none.

import { fileURLToPath } from 'node:url';

import { GROUP } from '../cluster/where.js';

/**
 * `cached`: all its keys are put there. `loading`: always new keys, of a quick origin. `slow`: the same, of a slow one, with
 * limits under which every load is waited for; `slow-default`: with those that nodes and clients come with, under which many a
 * load takes too long for its caller.
 */
export const GROUPS = { cached: GROUP, loading: 'loading', slow: 'slow', 'slow-default': 'slow-default' } as const;

/** Of the slow group. */
export const LIMITS = ['patient', 'default'] as const;

export type Limits = (typeof LIMITS)[number];

export const QUICK_LOAD_MS = 1;

const PATH = fileURLToPath(new URL('./timed-origin.mjs', import.meta.url));
const PATIENCE = 3; // times what a load takes: the machine may be busy

/** What a node's configuration says of the groups with an origin. */
export function groupsWithOrigin(slowLoadMs: number, slowPerSecond: number): Record<string, object> {
  const timeout = PATIENCE * slowLoadMs + 1_000;
  const concurrency = Math.min(10_000, Math.ceil((slowPerSecond * timeout) / 1_000)); // all at one time, even on one node
  const origin = { type: 'module', path: PATH };
  return {
    [GROUPS.loading]: { origin },
    [GROUPS.slow]: { origin: { ...origin, timeout, concurrency }, flightTimeout: 2 * timeout }, // a half: one member's part
    [GROUPS['slow-default']]: { origin },
  };
}

/** How long a caller of the slow group waits; half of it goes to the first member. undefined: as long as a client does. */
export function callersTimeoutMs(limits: Limits, slowLoadMs: number): number | undefined {
  return limits === 'patient' ? 2 * (PATIENCE * slowLoadMs + 1_000) : undefined;
}

/** @returns what gives a key each time that nobody has asked for before, in any process. */
export function newKeys(valueBytes: number): (loadMs: number) => string {
  let made = 0;
  return (loadMs) => `${loadMs}/${valueBytes}/${process.pid}-${made++}`;
}
