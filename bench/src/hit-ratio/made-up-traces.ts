// Requests that are made up, for where no recorded ones are at hand: each is the ground of one kind of policy.

import { randomFrom } from '../random.js';
import { zipf } from '../zipf.js';
import type { Trace } from './trace.js';

const REQUESTS = 500_000;
const KEYS = 50_000; // that are popular to some degree
const SKEW = 0.9;
const LOOP = 6_000; // longer than the smaller caches
const SCAN = 20_000;
const SCAN_EVERY = 100_000;
const SHIFT_EVERY = 25_000;

export const MADE_UP_SIZES: readonly number[] = [500, 2_000, 5_000];

const makers = {
  zipf: (requests: number) => popular(1, requests),
  loop: (requests: number) => Uint32Array.from({ length: requests }, (_, i) => i % LOOP),
  scan: (requests: number) => {
    let fresh = KEYS;
    return popular(2, requests).map((id, i) => (i % SCAN_EVERY < SCAN ? fresh++ : id));
  },
  shifting: (requests: number) => popular(3, requests).map((id, i) => id + KEYS * Math.floor(i / SHIFT_EVERY)),
};

export type MadeUpName = keyof typeof makers;

export const MADE_UP_NAMES = Object.keys(makers) as readonly MadeUpName[];

/** Always the same for one name; fewer requests are the first of them. */
export function madeUpTrace(name: MadeUpName, requests = REQUESTS): Trace {
  const ids = makers[name](requests);
  return { ids, unique: ids.reduce((most, id) => Math.max(most, id), 0) + 1 };
}

function popular(seed: number, requests: number): Uint32Array {
  const draw = zipf({ count: KEYS, exponent: SKEW, random: randomFrom(seed) });
  return Uint32Array.from({ length: requests }, draw);
}
