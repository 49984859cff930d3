import { POLICY_NAMES, type PolicyName } from '@ringcache/policies';

import type { Clock, Loader } from './contracts.js';
import type { Hears, Observer } from './events.js';
import type { Peers } from './peers.js';
import type { Tracing } from './tracing.js';

/** The numbers of a group; a limit that is left out is its default. */
export interface GroupLimits {
  /** Who leaves a full cache. Default `auto`. */
  policy: PolicyName;
  /**
   * `heap`, the default: values as they came. `slabs`: copied into large buffers that the garbage collector never looks into; a
   * hit copies out. Better from some hundred thousand entries.
   */
  store: 'heap' | 'slabs';
  /** Memory of keys, values and overhead, copies of others' entries included; at least 1 KiB. Default 64 MiB. */
  maxBytes: number;
  /** Default: no limit. */
  maxEntries: number;
  /** The largest value, in bytes. Default 4 MiB. */
  maxValueBytes: number;
  /**
   * How long a value lives whose loader or writer says nothing, in ms. Default `Infinity`: for ever; 0: it is not kept, and a set
   * deletes its key.
   */
  ttlMs: number;
  /**
   * A life is shortened by up to this part of it, by chance, so that what was loaded together does not expire together; not where a
   * writer says how long. 0 to 1, default 0.1.
   */
  ttlJitter: number;
  /** How long it is remembered that the origin has no such key, in ms. Default 0: not at all. */
  negativeTtlMs: number;
  /** How long after its expiry a value is given while it is loaded again in the background, in ms. Default 0: not at all. */
  staleWhileRevalidateMs: number;
  /**
   * How long after its expiry a value is given in place of a load that fails, or takes more than 0.6 of the time that its
   * caller has, in ms. Default 0: not at all.
   */
  staleIfErrorMs: number;
  /** How long such a load may take until the expired value is given, while it goes on, in ms. Default 0: as it takes. */
  softTimeoutMs: number;
  /**
   * An entry that is read so short a time before it expires is loaded again in the background, in ms; less than `ttlMs`. Default 0:
   * none is.
   */
  refreshAheadMs: number;
  /** For how long a key whose load has failed is not loaded again while an older value can be given, in ms. Default 1,000. */
  refreshBackoffMs: number;
  /** How long a copy of another member's entry lives, in ms, and so how stale it can get. Default 10,000; 0: no copies. */
  hotTtlMs: number;
  /**
   * Part of the limits for such copies, between 0 and 1; where more keys are popular, the most popular are copied. Default 1/8:
   * they must not push out owned entries.
   */
  hotShare: number;
  /**
   * A key is copied from its owner once it was asked for here so often of late, 1 to 255: within about two lives of a copy, or
   * less where very many keys are asked for. Fetches count, and so do answers that a copy gives: while a key is popular, its
   * next copy is made at the first fetch after the last has expired. Default 2: a copy would have saved the second.
   */
  hotAfterFetches: number;
  /** How long a load may take, and a fetch with all it falls back to, in ms. Default 5,000. */
  flightTimeoutMs: number;
  /** How long a writer waits for the members' acknowledgements, in ms. Default 2,000. */
  acknowledgeTimeoutMs: number;
  /** Versions begin above it; the wall clock in ms, so that a restart does not fall behind. Default 0. */
  epoch: number;
}

export interface GroupOptions extends Partial<{ [K in keyof GroupLimits]: GroupLimits[K] | undefined }> {
  name: string;
  /** Where values come from. Left out: nowhere; the group holds what was set, and else answers `not_found`. */
  load?: Loader | undefined;
  /**
   * Its entries may be dumped, and restored by the next process. That one was told of no write meanwhile: only for values
   * that do not change, or that may be as old as their time to live says. Default false.
   */
  warmRestart?: boolean | undefined;
  peers: Peers;
  clock: Clock;
  /** 0 ≤ x < 1, for jitter. Default `Math.random`. */
  random?: (() => number) | undefined;
  /** Hears every step of every request; it is on their way, so it must be quick and must not throw. Default: nobody. */
  observe?: Observer | undefined;
  /** Of which steps it hears: to be `false` of `received` and `hit` makes a hit cheap. Default: of all. */
  hears?: Hears | undefined;
  /** Records requests as spans. Default: nobody does, and what comes with a request goes on as it came. */
  tracing?: Tracing | undefined;
}

const DEFAULTS: GroupLimits = {
  policy: 'auto',
  store: 'heap',
  maxBytes: 64 * 1024 * 1024,
  maxEntries: Number.POSITIVE_INFINITY,
  maxValueBytes: 4 * 1024 * 1024,
  ttlMs: Number.POSITIVE_INFINITY,
  ttlJitter: 0.1,
  negativeTtlMs: 0,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  softTimeoutMs: 0,
  refreshAheadMs: 0,
  refreshBackoffMs: 1_000,
  hotTtlMs: 10_000,
  hotShare: 1 / 8,
  hotAfterFetches: 2,
  flightTimeoutMs: 5_000,
  acknowledgeTimeoutMs: 2_000,
  epoch: 0,
};

const STORES: readonly string[] = ['heap', 'slabs'];

/** Least and most; both are allowed. */
const RANGES: Record<Exclude<keyof GroupLimits, 'policy' | 'store'>, readonly [number, number]> = {
  maxBytes: [1024, Number.MAX_SAFE_INTEGER],
  maxEntries: [1, Number.POSITIVE_INFINITY],
  maxValueBytes: [1, 1024 * 1024 * 1024],
  ttlMs: [0, Number.POSITIVE_INFINITY],
  ttlJitter: [0, 1],
  negativeTtlMs: [0, Number.MAX_SAFE_INTEGER],
  staleWhileRevalidateMs: [0, Number.MAX_SAFE_INTEGER],
  staleIfErrorMs: [0, Number.MAX_SAFE_INTEGER],
  softTimeoutMs: [0, 2 ** 31 - 1],
  refreshAheadMs: [0, Number.MAX_SAFE_INTEGER],
  refreshBackoffMs: [0, 2 ** 31 - 1],
  hotTtlMs: [0, Number.MAX_SAFE_INTEGER],
  hotShare: [0.001, 0.999],
  hotAfterFetches: [1, 255],
  flightTimeoutMs: [1, 2 ** 31 - 1], // a timer's most
  acknowledgeTimeoutMs: [1, 2 ** 31 - 1],
  epoch: [0, Number.MAX_SAFE_INTEGER],
};

/** @throws {RangeError} that names the limit, what it may be, and what it was. */
export function limitsOf(options: GroupOptions): GroupLimits {
  const policy = options.policy ?? DEFAULTS.policy;
  if (!POLICY_NAMES.includes(policy)) throw new RangeError(`policy must be one of ${POLICY_NAMES}, got ${policy}`);
  const store = options.store ?? DEFAULTS.store;
  if (!STORES.includes(store)) throw new RangeError(`store must be one of ${STORES}, got ${store}`);
  const limits: GroupLimits = { ...DEFAULTS, policy, store };
  for (const name of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const value = options[name] ?? DEFAULTS[name];
    checkLimit(name, value);
    limits[name] = value;
  }
  checkTogether(limits);
  return limits;
}

/** @throws {RangeError} that names limits which make no sense together. */
export function checkTogether({ ttlMs, refreshAheadMs }: Pick<GroupLimits, 'ttlMs' | 'refreshAheadMs'>): void {
  if (ttlMs > 0 && refreshAheadMs >= ttlMs) {
    throw new RangeError(`refreshAheadMs must be less than ttlMs, ${ttlMs}, got ${refreshAheadMs}`);
  }
}

/** @throws {RangeError} as {@link limitsOf} does. */
export function checkLimit(name: keyof typeof RANGES, value: number): void {
  const [least, most] = RANGES[name];
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${name} must be from ${least} to ${most}, got ${value}`);
  }
}
