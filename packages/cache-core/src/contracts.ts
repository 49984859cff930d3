// What the engine asks of the world around it. Each interface is written by the side that calls it: the engine says what a
// peer, a loader and a clock must do, adapters do it. Bytes, strings and numbers cross; no wire's own types.

import type { CacheError } from './errors.js';
import type { Member } from './member.js';
import type { ExchangeReply, ExchangeRequest } from './membership/exchange.js';
import type { ViewMember } from './membership/view.js';
import type { TraceContext } from './tracing.js';

/** A value and what is known of it. Values are shared between callers: read them, never write to them. */
export interface Entry {
  readonly value: Uint8Array;
  /** Rises with every write of the key; 0: never written, only loaded. */
  readonly version: number;
  /** What is left to live, in ms; `Infinity`: does not expire. */
  readonly ttlMs: number;
}

/** Where a value came from: a cache that owns it, a copy elsewhere (both are hits), or the origin just now. */
export type Source = 'main' | 'hot' | 'load';

/** An entry as the answer to a question. */
export interface Answer extends Entry {
  readonly source: Source;
  /** Id of the member whose cache or origin answered. */
  readonly servedBy: string;
}

export interface CallOptions {
  /** Gives up this caller's wait; the flight goes on for the others. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up this caller's wait after so many ms; the flight has a limit of its own besides. */
  readonly timeoutMs?: number | undefined;
  /** Follows the request through events and logs on every member it reaches. */
  readonly requestId?: string | undefined;
  /** Where the request stands in its trace: travels with it as its id does. Default: in none. */
  readonly trace?: TraceContext | undefined;
}

/** A change of one key. `set` with a `ttlMs` of `undefined` takes the group's default. */
export type Change =
  | { readonly op: 'set'; readonly key: string; readonly value: Uint8Array; readonly ttlMs?: number | undefined }
  | { readonly op: 'delete'; readonly key: string };

/**
 * Which members know of a change. `partial`: the missing members can serve an older copy for at most `staleForMs`; 2^53 - 1:
 * there is no bound, as the change was not made at the key's owner.
 */
export type WriteResult = { readonly version: number } & (
  | { readonly applied: 'all' }
  | { readonly applied: 'partial'; readonly missing: readonly string[]; readonly staleForMs: number }
);

/** What a member is to forget of a group. */
export interface Invalidation {
  /** undefined: every key. */
  readonly key: string | undefined;
  /** Of the change. */
  readonly version: number;
  /**
   * Whether the member keeps what it acts as the owner of. So for a change that another owner made: since then it can only have
   * been made anew here. False for a delete that no owner made, and for a clear.
   */
  readonly keepsOwned: boolean;
}

/**
 * A member as another member sees it. Every method rejects with a {@link CacheError}: `answered` if the peer sent it,
 * else `unavailable` or `deadline`. Calls of one turn of the event loop to one member travel together where the
 * transport can; answers come as they are ready, so that a slow key holds up no other.
 */
export interface PeerClient {
  /**
   * Asks the member to serve a key as its owner: from its cache, else from the origin; it asks no third member. Errors:
   * `not_owner`, answered: it does not act as the owner at this moment.
   */
  fetch(group: string, key: string, options: CallOptions): Promise<Answer>;
  /** What the member holds, with no load; undefined: nothing. */
  peek(group: string, key: string, options: CallOptions): Promise<Entry | undefined>;
  /** Makes a change at the member as the key's owner. Errors: `not_owner`, as with {@link fetch}. */
  write(group: string, change: Change, options: CallOptions): Promise<WriteResult>;
  /** Tells the member to drop what it holds of a key, and to fence its flights. Resolved: it has. */
  drop(group: string, invalidation: Invalidation, options: CallOptions): Promise<void>;
  /** Exchanges views and grants. Errors: `unavailable`: nobody answers, or another process than the one that is asked. */
  exchange(request: ExchangeRequest, options: CallOptions): Promise<ExchangeReply>;
  /** Ends what is open; calls in flight reject with `unavailable`. */
  close(): Promise<void>;
}

/** Makes the client of a peer. Must not connect yet, nor throw: a member that is away shows when it is asked. */
export type Dial = (member: ViewMember) => PeerClient;

/** A member as a stranger sees it: what a client may ask of any node. Errors as with {@link PeerClient}. */
export interface NodeClient {
  get(group: string, key: string, options: CallOptions): Promise<Answer>;
  write(group: string, change: Change, options: CallOptions): Promise<WriteResult>;
  /** Deletes every key of the group, on every member. */
  clear(group: string, options: CallOptions): Promise<WriteResult>;
  /** The ring as this node sees it. */
  members(options: CallOptions): Promise<RingView>;
  close(): Promise<void>;
}

/** Makes the client of a node. Must not connect yet, nor throw. */
export type Connect = (member: Pick<Member, 'grpc' | 'http'>) => NodeClient;

/** A member's view of the ring: enough for a client to build the same ring. */
export interface RingView {
  readonly self: string;
  readonly members: readonly Member[];
  readonly dialect: string;
  readonly replicas: number;
  /** Equal on members whose rings agree. */
  readonly fingerprint: string;
  /** Discovery is out of reach; this is the last list that it gave. */
  readonly stale: boolean;
}

/** What a loader returns: bytes, or bytes with a time to live of their own in ms. */
export type Loaded = Uint8Array | { readonly value: Uint8Array; readonly ttlMs?: number | undefined };

/**
 * Gets a value from its origin. `undefined`: the origin has no such key.
 * Anything thrown is a failure: every waiter gets it, nothing is cached.
 * @param context.signal aborted when the flight's own deadline passes, never by a caller.
 */
export type Loader = (
  key: string,
  context: {
    readonly signal: AbortSignal;
    readonly requestId: string | undefined;
    /** To be passed on to whatever is asked. undefined: there is no tracer. */
    readonly trace?: TraceContext | undefined;
  },
) => Promise<Loaded | undefined> | Loaded | undefined;

export interface Timer {
  cancel(): void;
}

/** Time as the engine sees it: monotonic ms from any beginning. Timers do not keep a process alive. */
export interface Clock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): Timer;
}

/** Who is at a server's door, as far as the transport can say. */
export interface Caller {
  /** IP address that the call comes from; '': unknown. */
  readonly address: string;
  /** The bearer token that came with the call. */
  readonly token: string | undefined;
  /** Names in the client certificate that TLS has verified: its DNS and IP names and its common name. */
  readonly certificate: readonly string[] | undefined;
}

/** What a caller wants: `peer` is what members ask of each other, `admin` what tells of the cluster or clears a group. */
export type Access = 'read' | 'write' | 'admin' | 'peer';

/** Decides who comes in. A server without one lets everybody in. */
export interface Door {
  /**
   * Synchronous, on the way of every request.
   * @param group '' where the request is about no group.
   * @param keys how many keys it asks for, 1 or more.
   * @throws {CacheError} `unauthenticated`, `permission_denied`; `overloaded`, with `retryAfterMs`.
   */
  admit(caller: Caller, access: Access, group: string, keys: number): void;
  /** To be called once for each request that was admitted, with the same numbers, when it is answered. */
  leave(access: Access, keys: number): void;
}

/** Hears of failures in the background, which no caller waits for. */
export type OnError = (error: CacheError) => void;
