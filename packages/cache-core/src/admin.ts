// What an operator asks of one member, and has it do. A member speaks of itself alone and of what it sees; whoever wants the
// whole cluster asks each member, and says which did not answer. Every type here crosses the wire as it stands: plain JSON.

import type { CallOptions, RingView } from './contracts.js';
import type { ErrorCode } from './errors.js';
import type { LimitReport } from './limit-report.js';
import type { Member } from './member.js';
import type { GroupStats } from './stats.js';

/**
 * A member as its operator sees it. Rejects with a {@link CacheError}: `permission_denied` and `unauthenticated` without the
 * role admin, `no_such_group`, `invalid_argument`; `unavailable` or `deadline` where a remote one does not answer.
 */
export interface Admin {
  report(options?: CallOptions): Promise<MemberReport>;
  /** What this member holds of a key, and whose the key is; asks no other member, loads nothing, and counts as no read. */
  inspect(group: string, key: string, options?: CallOptions): Promise<KeyReport>;
  /**
   * Most asked for of late at this member, the most popular first; keys of more than 512 characters are not counted.
   * @param limit at most so many, 1 to 1,000.
   */
  hotKeys(group: string, limit: number, options?: CallOptions): Promise<readonly HotKey[]>;
  /** Loads and fetches in progress, the oldest first; at most 1,000. */
  flights(options?: CallOptions): Promise<readonly FlightReport[]>;
  /** Leaves the ring, finishes what is in flight, and ends, as with SIGTERM; resolved: it has begun. */
  drain(options?: CallOptions): Promise<void>;
  /** undefined: asks only. Resolves with the level in force, which lasts until the next change or the end of the process. */
  logLevel(level: LogLevel | undefined, options?: CallOptions): Promise<LogLevel>;
  /** The configuration in force, as YAML, secrets as `***`. */
  config(options?: CallOptions): Promise<string>;
  /** Reads the configuration again and applies what can change under way. */
  reload(options?: ReloadOptions): Promise<Reloaded>;
}

/** The {@link Admin} of another member, over a connection that is made when it is first asked. */
export interface AdminClient extends Admin {
  /** Ends what is open; calls in flight reject with `unavailable`. */
  close(): Promise<void>;
}

/** Must not connect yet, nor throw: a member that is away shows when it is asked. */
export type ConnectAdmin = (member: Pick<Member, 'grpc' | 'http'>) => AdminClient;

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface ReloadOptions extends CallOptions {
  /** Says what it would apply, and applies nothing. Default false. */
  readonly dryRun?: boolean | undefined;
}

export interface Reloaded {
  /** Paths of settings that changed, such as `groups.scores.ttl`. */
  readonly applied: readonly string[];
  /** Paths of settings that differ in the file, and need a restart to change; they stay as they were. */
  readonly refused: readonly string[];
}

export interface MemberReport {
  readonly member: Member;
  /** Of ringcache. */
  readonly version: string;
  /** `joining`: not in its own ring yet. */
  readonly state: 'joining' | 'live' | 'draining';
  /** Wall clock of the member, in ms since 1970. */
  readonly now: number;
  readonly uptimeMs: number;
  readonly ring: RingView;
  /** Shares of the key space by member id, 0 to 1, as this member sees the ring. */
  readonly shares: Readonly<Record<string, number>>;
  /** Members that this one takes for being away: its breakers that are open, or were and have not been answered since. */
  readonly suspects: readonly string[];
  readonly process: ProcessReport;
  readonly groups: readonly GroupReport[];
  /** What grows, and how far it may. */
  readonly limits: readonly LimitReport[];
}

export interface ProcessReport {
  readonly pid: number;
  /** Over the last ten seconds, in ms. */
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Over the last ten seconds, of one core: 1 is all of it. */
  readonly cpu: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** undefined: not known, as of a program that embeds the member. */
  readonly logLevel: LogLevel | undefined;
}

export interface GroupReport extends GroupStats {
  readonly policy: PolicyReport;
  /** Of all since start; undefined: none yet. */
  readonly loadMs: Percentiles | undefined;
  readonly fetchMs: Percentiles | undefined;
  /** Share of requests for owned keys that an LRU of so many bytes would miss, smallest size first; [] : too few requests yet. */
  readonly missRatioCurve: readonly { readonly bytes: number; readonly missRatio: number }[];
  readonly flights: { readonly loads: number; readonly fetches: number };
  /** The last loads that failed, the latest first; at most 20. Keys are cut to 100 characters. */
  readonly failures: readonly LoadFailure[];
}

export interface PolicyReport {
  readonly name: string;
  /** What an adaptive policy has chosen, and by what, in a sentence; undefined: there is nothing to choose. */
  readonly choice: string | undefined;
}

/** In ms; the percentiles to within a tenth, the longest exact. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadFailure {
  /** Wall clock of the member, in ms since 1970. */
  readonly at: number;
  readonly key: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly ms: number;
}

export interface KeyReport {
  readonly group: string;
  readonly key: string;
  /** Decimal, as the ring hashes it. */
  readonly hash: string;
  /** Index among the ring's points in order. */
  readonly point: number;
  /** Where on the ring the key lies, 0 to 1. */
  readonly at: number;
  readonly owner: Member;
  /** undefined on a ring of one. */
  readonly successor: Member | undefined;
  /** What this member holds of it; undefined: nothing. */
  readonly held: HeldReport | undefined;
}

export interface HeldReport {
  readonly in: 'main' | 'hot';
  /** The origin has no such key, and that is held. */
  readonly absent: boolean;
  /** undefined: not known, as with every entry so far: when it came is not kept, and lives are shortened by chance. */
  /** Since this member stored it, to a second. */
  readonly ageMs: number | undefined;
  /** undefined: does not expire; 0 or less: expired, and kept to be given while a load is slow or fails. */
  readonly ttlMs: number | undefined;
  readonly version: number;
  /** Of the value. */
  readonly bytes: number;
  /** The value's first bytes, at most 1,024, in base64. */
  readonly previewBase64: string;
}

export interface HotKey {
  readonly key: string;
  /** About how often it was asked for in the last minute. */
  readonly count: number;
  /** Owned by this member, or a key of another that it asks for. */
  readonly owned: boolean;
}

export interface FlightReport {
  readonly group: string;
  /** Cut to 256 characters. */
  readonly key: string;
  readonly kind: 'load' | 'fetch';
  readonly ageMs: number;
  /** Callers that have joined it, the first included, those that gave up too; undefined: not known. */
  readonly waiting: number | undefined;
}
