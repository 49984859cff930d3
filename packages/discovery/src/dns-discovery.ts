import { CacheError, type Clock, type OnError, shieldedOnError, systemClock } from '@ringcache/cache-core';
import type { ListDiscovery } from './discovery.js';
import { type DnsNames, DnsRecords, type RecordType } from './dns-records.js';
import { type Answers, type Follower, ObservedDiscovery, STALE_AFTER_MS } from './observed-discovery.js';
import { Backoff, limited, Pause } from './waiting.js';

export interface DnsDiscoveryOptions {
  /**
   * The whole name: search domains are not tried. With `srv` such as `_grpc._tcp.ringcache.default.svc.cluster.local`, with
   * the others `ringcache.default.svc.cluster.local`: a headless service.
   */
  readonly name: string;
  /** What is asked for. `srv`: names and gRPC ports of members; `a`, `aaaa`: addresses. Default `srv`. */
  readonly records?: RecordType | undefined;
  /** Of every member; required with `a` and `aaaa` unless there is an `httpPort`; with `srv` the records have it. */
  readonly grpcPort?: number | undefined;
  /** Of every member. Left out: members have no HTTP address. */
  readonly httpPort?: number | undefined;
  /** How often it is asked, in ms, give or take a tenth; 50 ms to an hour, by default 2 s. */
  readonly intervalMs?: number | undefined;
  /** Servers to ask, `address` or `address:port`. Default: the system's. */
  readonly servers?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
  /** Hears of attempts that failed, each followed by another, and of records that are no members. Default: nobody. */
  readonly onError?: OnError | undefined;
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: (() => number) | undefined;
}

export const DEFAULT_INTERVAL_MS = 2_000;
const MIN_INTERVAL_MS = 50;
const MAX_INTERVAL_MS = 3_600_000;
const ATTEMPT_LIMIT_MS = 3_000; // for all servers that the resolver tries
const GONE_AFTER = 2; // answers in a row without a member; see observed-discovery.ts
const RETRY_BASE_MS = 100;

/**
 * Discovery by DNS, asked again and again: a member for each record. Asks nothing yet; DNS may be away for any time.
 *
 * A member is called by its gRPC address (by the HTTP one where it has no other), and must call itself the same: with `srv`
 * `<target of the record>:<port>`, lower case, with no dot at the end; with `a` and `aaaa` `<address>:<grpcPort>`. Weights are
 * 1, whatever the records say. `register()` puts nobody into DNS: it resolves once the member is in an answer, and tells
 * `retrying` until then; `leave()` takes nobody out.
 *
 * A member that comes shows within an interval and what servers on the way cache; one that goes, an interval later. With no
 * answer, or an empty one, the last list stays in force, marked stale 3 s and an interval after the last answer at most.
 *
 * What it promises less than etcd: see the README, _DNS_.
 * @throws {CacheError} `invalid_argument`: a name, port, server or interval.
 */
export function dnsDiscovery(options: DnsDiscoveryOptions): ListDiscovery {
  const { clock = systemClock, random = Math.random, intervalMs = DEFAULT_INTERVAL_MS } = options;
  const onError = shieldedOnError(options.onError);
  if (!(intervalMs >= MIN_INTERVAL_MS && intervalMs <= MAX_INTERVAL_MS)) {
    const limits = `${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS} ms`;
    throw new CacheError('invalid_argument', `an interval must be ${limits}, not ${intervalMs}`);
  }
  const { name, records: type = 'srv', grpcPort, httpPort, servers } = options;
  const names: DnsNames = { name, type, grpcPort, httpPort, servers, onError };
  const records = new DnsRecords(names);
  return new ObservedDiscovery({
    clock,
    random,
    onError,
    where: `DNS (${type.toUpperCase()} of ${name})`,
    freshForMs: intervalMs + STALE_AFTER_MS,
    goneAfter: GONE_AFTER,
    checkSelf: (member) => records.checkSelf(member),
    follow: (answers) => new DnsFollower({ records, answers, clock, random, intervalMs }),
  });
}

interface FollowerOptions {
  readonly records: DnsRecords;
  readonly answers: Answers;
  readonly clock: Clock;
  readonly random: () => number;
  readonly intervalMs: number;
}

/** Asks until `stop()`. */
class DnsFollower implements Follower {
  readonly #options: FollowerOptions;
  readonly #pause: Pause;
  readonly #backoff: Backoff;
  readonly #done: Promise<void>;
  #stopped = false;

  constructor(options: FollowerOptions) {
    const { clock, random, intervalMs } = options;
    this.#options = options;
    this.#pause = new Pause(clock);
    const maxMs = Math.min(DEFAULT_INTERVAL_MS, intervalMs);
    this.#backoff = new Backoff({ baseMs: Math.min(RETRY_BASE_MS, maxMs), maxMs, random });
    this.#done = this.#run();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#options.records.cancel();
    this.#pause.cut();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { records, answers, clock } = this.#options;
    while (!this.#stopped) {
      const askedAt = clock.now();
      try {
        const members = await limited(clock, ATTEMPT_LIMIT_MS, records.ask());
        if (this.#stopped) return;
        this.#backoff.reset();
        answers.took(members, askedAt);
        await this.#pause.wait(this.#nextMs());
      } catch (error) {
        if (this.#stopped) return;
        records.cancel(); // also what has outlasted its limit
        answers.failed(error);
        await this.#pause.wait(this.#backoff.next());
      }
    }
  }

  #nextMs(): number {
    const { intervalMs, random } = this.#options;
    return intervalMs * (0.9 + random() / 5); // members ask at different times
  }
}
