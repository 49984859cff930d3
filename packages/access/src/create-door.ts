import {
  type Access,
  CacheError,
  type Caller,
  type Clock,
  type Door,
  isLoopbackAddress,
  REMOTE_ADMIN_REFUSED,
  systemClock,
} from '@ringcache/cache-core';

import { Identities } from './identities.js';
import { type Rate, RateLimits, type Rates } from './rate-limits.js';
import { Shedding } from './shedding.js';
import { allows, type Grant, type Role, type TokenRule } from './tokens.js';

/** Who may come in, and how often: all of it can change while the door is in use. */
export interface DoorRules {
  /** Left out or empty: everybody may read and write, and from this machine administrate. */
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
}

export interface DoorOptions extends DoorRules {
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
  /**
   * Puts other rules in force, all of them: what is left out is its default again. They hold for whoever is in already: a token
   * that is gone opens nothing more on a stream that it opened. What is left of a rate that stays is kept.
   * @throws {CacheError} as {@link createDoor} does; then nothing has changed.
   */
  change(rules: DoorRules): void;
  /** Stops watching the event loop. */
  close(): void;
}

const DEFAULT_MAX_IN_FLIGHT = 10_000; // some 40 MB of requests that wait for an origin
const RETRY_AFTER_FULL_MS = 100;
const NO_MEMBER = 'only members ask here: there is no peer token, and no certificate of one';
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
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #rates: RateLimits;
  #identities: Identities;
  #shedding: Shedding | undefined;
  #shedAboveMs: number;
  #maxInFlight: number;
  readonly #refusals: Record<Refusal, number> = {
    unauthenticated: 0,
    permission_denied: 0,
    in_flight: 0,
    shed: 0,
    rate: 0,
  };
  #inFlight = 0;

  constructor(options: DoorOptions) {
    const { clock = systemClock, random = Math.random } = options;
    this.#clock = clock;
    this.#random = random;
    this.#identities = new Identities(options);
    this.#rates = new RateLimits({ clock, ...ratesOf(options) });
    this.#shedAboveMs = options.shedAboveMs ?? 0;
    this.#shedding = this.#newShedding();
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  }

  change(rules: DoorRules): void {
    this.#identities = new Identities(rules); // the one part that can throw
    this.#rates.change(ratesOf(rules));
    this.#maxInFlight = rules.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
    const { shedAboveMs = 0 } = rules;
    if (shedAboveMs === this.#shedAboveMs) return;
    this.#shedding?.close();
    this.#shedAboveMs = shedAboveMs;
    this.#shedding = this.#newShedding();
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

  #admitMember(caller: Caller): void {
    if (this.#identities.knowsMembers && !this.#identities.isMember(caller)) {
      throw this.#refusal('permission_denied', 'permission_denied', NO_MEMBER);
    }
  }

  /** undefined: there are no tokens, or it is a member, which may do everything. */
  #admitClient(caller: Caller, role: Role, group: string): Grant | undefined {
    if (!this.#identities.hasTokens) {
      if (role === 'admin') this.#refuseStranger(caller);
      return undefined;
    }
    if (this.#identities.isMember(caller)) return undefined;
    const grant = this.#identities.grantOf(caller);
    if (grant === 'none') throw this.#refusal('unauthenticated', 'unauthenticated', 'a bearer token is needed');
    if (grant === 'unknown') throw this.#refusal('unauthenticated', 'unauthenticated', 'the token is not known here');
    if (allows(grant, role, group)) return grant;
    const what = group === '' ? role : `${role} in group ${JSON.stringify(group)}`;
    throw this.#refusal('permission_denied', 'permission_denied', `the token does not allow ${what}`);
  }

  /** Without tokens administration is this machine's, and members'. */
  #refuseStranger(caller: Caller): void {
    if (isLoopbackAddress(caller.address) || this.#identities.isMember(caller)) return;
    throw this.#refusal('permission_denied', 'permission_denied', REMOTE_ADMIN_REFUSED);
  }

  #newShedding(): Shedding | undefined {
    if (this.#shedAboveMs === 0) return undefined;
    return new Shedding({ clock: this.#clock, random: this.#random, targetMs: this.#shedAboveMs });
  }

  #refusal(why: Refusal, code: CacheError['code'], message: string, retryAfterMs?: number): CacheError {
    this.#refusals[why]++;
    return new CacheError(code, message, { retryAfterMs });
  }
}

function ratesOf({ perClient = NO_RATE, perGroup = () => NO_RATE }: DoorRules): Rates {
  return { perClient, perGroup };
}
