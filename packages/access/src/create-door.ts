import { type Access, CacheError, type Caller, type Clock, type Door, systemClock } from '@ringcache/cache-core';

import { type Rate, RateLimits } from './rate-limits.js';
import { Shedding } from './shedding.js';
import { allows, type Grant, type Role, type TokenRule, Tokens } from './tokens.js';

export interface DoorOptions {
  /** Left out or empty: everybody may read, write and administrate. */
  readonly tokens?: readonly TokenRule[] | undefined;
  /** What members send each other; at least 16 characters. */
  readonly peerToken?: string | undefined;
  /** Names of which a member's verified certificate has one; `*.` stands for one label, `*` alone for any name. */
  readonly peerNames?: readonly string[] | undefined;
  readonly perClient?: Rate | undefined;
  readonly perGroup?: ((group: string) => Rate) | undefined;
  /** Keys of clients in work at a time, 1 or more; what is over is refused. Default 10,000. */
  readonly maxInFlight?: number | undefined;
  /** Event-loop delay above which requests of clients are shed, in ms; 0: never. Default 0. */
  readonly shedAboveMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/** Why requests were refused. */
export type Refusal = 'unauthenticated' | 'permission_denied' | 'in_flight' | 'shed' | 'rate';

export interface OpenDoor extends Door {
  /** Requests refused so far. */
  refusals(): Readonly<Record<Refusal, number>>;
  /** Of clients, now. */
  readonly inFlight: number;
  /** Stops watching the event loop. */
  close(): void;
}

const DEFAULT_MAX_IN_FLIGHT = 10_000; // some 40 MB of requests that wait for an origin
const RETRY_AFTER_FULL_MS = 100;
const NO_MEMBER = 'only members ask here: there is no peer token, and no certificate of one';
const OPEN_BACK_DOOR = 'tokens guard nothing while anybody is taken for a member: give a peerToken, or peerNames';
const NO_RATE: Rate = { perSecond: 0 };

/**
 * Who may come in, and how often. First whether there is room, which costs nothing and protects all the rest; then who it is;
 * then how often.
 * @throws {CacheError} `invalid_argument`: tokens that are too short, or there twice, or that guard nothing, because anybody
 * is taken for a member.
 */
export function createDoor(options: DoorOptions): OpenDoor {
  return new TokenDoor(options);
}

class TokenDoor implements OpenDoor {
  readonly #tokens: Tokens;
  readonly #peers: Tokens;
  readonly #peerNames: readonly string[];
  readonly #rates: RateLimits;
  readonly #shedding: Shedding | undefined;
  readonly #maxInFlight: number;
  readonly #refusals: Record<Refusal, number> = {
    unauthenticated: 0,
    permission_denied: 0,
    in_flight: 0,
    shed: 0,
    rate: 0,
  };
  // A stream asks with one caller for thousands of requests: who it is, is looked up once.
  readonly #grants = new WeakMap<Caller, Grant | 'unknown' | 'none'>();
  readonly #members = new WeakMap<Caller, boolean>();
  #inFlight = 0;

  constructor(options: DoorOptions) {
    const { clock = systemClock, random = Math.random, shedAboveMs = 0, peerToken } = options;
    this.#tokens = new Tokens(options.tokens ?? []);
    this.#peers = new Tokens(peerToken === undefined ? [] : [{ token: peerToken, role: 'admin' }]);
    this.#peerNames = options.peerNames ?? [];
    if (this.#tokens.size > 0 && !this.#knowsMembers) throw new CacheError('invalid_argument', OPEN_BACK_DOOR);
    this.#rates = new RateLimits({
      clock,
      perClient: options.perClient ?? NO_RATE,
      perGroup: options.perGroup ?? (() => NO_RATE),
    });
    this.#shedding = shedAboveMs > 0 ? new Shedding({ clock, random, targetMs: shedAboveMs }) : undefined;
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  }

  admit(caller: Caller, access: Access, group: string, keys: number): void {
    if (access === 'peer') {
      this.#admitMember(caller);
      return;
    }
    if (access !== 'admin') this.#checkRoom(keys);
    const grant = this.#admitClient(caller, access, group);
    if (access === 'admin') return;
    const retryAfterMs = this.#rates.take(grant?.name ?? caller.address, group, keys);
    if (retryAfterMs > 0) throw this.#refusal('rate', 'overloaded', 'too many requests', retryAfterMs);
    this.#inFlight += keys;
  }

  leave(access: Access, keys: number): void {
    if (access === 'read' || access === 'write') this.#inFlight -= keys;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  refusals(): Readonly<Record<Refusal, number>> {
    return { ...this.#refusals };
  }

  close(): void {
    this.#shedding?.close();
  }

  #checkRoom(keys: number): void {
    if (this.#inFlight + keys > this.#maxInFlight) {
      throw this.#refusal('in_flight', 'overloaded', `${this.#inFlight} keys are in work already`, RETRY_AFTER_FULL_MS);
    }
    if (this.#shedding?.refuses()) {
      throw this.#refusal('shed', 'overloaded', 'requests wait too long here', this.#shedding.retryAfterMs);
    }
  }

  get #knowsMembers(): boolean {
    return this.#peers.size > 0 || this.#peerNames.length > 0;
  }

  #admitMember(caller: Caller): void {
    if (this.#knowsMembers && !this.#isMember(caller)) {
      throw this.#refusal('permission_denied', 'permission_denied', NO_MEMBER);
    }
  }

  /** undefined: there are no tokens, or it is a member, which may do everything. */
  #admitClient(caller: Caller, role: Role, group: string): Grant | undefined {
    if (this.#tokens.size === 0 || this.#isMember(caller)) return undefined;
    const grant = this.#grantOf(caller);
    if (grant === 'none') throw this.#refusal('unauthenticated', 'unauthenticated', 'a bearer token is needed');
    if (grant === 'unknown') throw this.#refusal('unauthenticated', 'unauthenticated', 'the token is not known here');
    if (allows(grant, role, group)) return grant;
    const what = group === '' ? role : `${role} in group ${JSON.stringify(group)}`;
    throw this.#refusal('permission_denied', 'permission_denied', `the token does not allow ${what}`);
  }

  #isMember(caller: Caller): boolean {
    let is = this.#members.get(caller);
    if (is === undefined) {
      const byName = caller.certificate?.some((name) => this.#peerNames.some((pattern) => matches(name, pattern)));
      is = byName === true || (caller.token !== undefined && this.#peers.find(caller.token) !== undefined);
      this.#members.set(caller, is);
    }
    return is;
  }

  #grantOf(caller: Caller): Grant | 'unknown' | 'none' {
    let grant = this.#grants.get(caller);
    if (grant === undefined) {
      grant = caller.token === undefined ? 'none' : (this.#tokens.find(caller.token) ?? 'unknown');
      this.#grants.set(caller, grant);
    }
    return grant;
  }

  #refusal(why: Refusal, code: CacheError['code'], message: string, retryAfterMs?: number): CacheError {
    this.#refusals[why]++;
    return new CacheError(code, message, { retryAfterMs });
  }
}

/** As with certificates: `*.` at the beginning is one label, any. */
function matches(name: string, pattern: string): boolean {
  if (pattern === '*') return true;
  const [a, b] = [name.toLowerCase(), pattern.toLowerCase()];
  if (!b.startsWith('*.')) return a === b;
  const dot = a.indexOf('.');
  return dot > 0 && a.slice(dot) === b.slice(1);
}
