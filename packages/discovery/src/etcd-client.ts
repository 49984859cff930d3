// The only file that knows etcd3. It is used as a protocol client alone: its requests and raw streams, not its Lease, its
// Watcher, its breakers or its retries, each of which can lose a registration or an event without a word: a lease is
// reported lost up to two TTLs late, a watch moves its start past events that have not arrived, a single host's breaker
// refuses keep-alives for five seconds. What replaces them, on top of this, is in etcd-view-directory.ts, etcd-lease.ts and etcd-watch.ts.
//
// All calls and watches go to one host, until it fails; then all leave it together, so that a watch does not stay behind
// on a member that hangs.

import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { CacheError, type ErrorCode } from '@ringcache/cache-core';
import * as etcd3 from 'etcd3';
import type { EtcdStore, StoredEntry, StorePutOptions, WatchListener } from './etcd-store.js';
import { askOnce, toEntry, type WatchResponse, WatchStream } from './etcd-streams.js';

export interface EtcdClientOptions {
  /** `host:port`, or a URL with `http://` or `https://`. */
  readonly hosts: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Time for one host to answer one call; the next host is asked then. */
  readonly attemptTimeoutMs: number;
  readonly random: () => number;
}

/** PEM text. `{}`: the system's authorities and no certificate of one's own. */
export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

const MIN_ATTEMPTS = 2; // of a call, where there is one host: a connection that idled to death shows at the first
const MAX_HOSTS = 32; // each may take a whole attempt of a call's time

const CHANNEL = {
  'grpc.keepalive_time_ms': 10_000, // a black hole shows in 13 s; etcd refuses pings closer than 5 s apart
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.initial_reconnect_backoff_ms': 100, // its default grows to 2 minutes: etcd would be back long before we notice
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.enable_http_proxy': 0, // etcd is in this network; the environment's proxy leads out of it
};

const CODES: readonly (readonly [abstract new (...args: never[]) => Error, ErrorCode])[] = [
  [etcd3.GRPCDeadlineExceededError, 'deadline'],
  [etcd3.GRPCResourceExhastedError, 'overloaded'],
  [etcd3.EtcdLeaseInvalidError, 'not_found'],
  [etcd3.GRPCInvalidArgumentError, 'invalid_argument'],
  [etcd3.EtcdPermissionDeniedError, 'permission_denied'],
  [etcd3.EtcdAuthenticationFailedError, 'permission_denied'],
  [etcd3.EtcdInvalidAuthTokenError, 'permission_denied'],
  [etcd3.GRPCUnauthenticatedError, 'permission_denied'],
  [etcd3.GRPCFailedPreconditionError, 'invalid_argument'],
];

/** Another host may do better: nobody answered, or one that cannot now. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set(['unavailable', 'deadline', 'overloaded']);

interface Host {
  readonly name: string;
  readonly etcd: etcd3.Etcd3;
  readonly watches: Set<WatchStream<etcd3.IWatchRequest>>;
  /** Why the latest connection was not made. */
  why: string;
}

/** @throws {CacheError} `invalid_argument`: no hosts, too many, or http and https mixed. Does not connect yet. */
export function etcdClient(options: EtcdClientOptions): EtcdStore {
  const { hosts } = options;
  if (hosts.length === 0 || hosts.length > MAX_HOSTS) {
    throw new CacheError('invalid_argument', `etcd needs 1 to ${MAX_HOSTS} hosts, not ${hosts.length}`);
  }
  const secure = hosts.filter((host) => host.startsWith('https://')).length;
  if (secure !== 0 && secure !== hosts.length) {
    throw new CacheError('invalid_argument', 'etcd hosts must be all https:// or none');
  }
  return new EtcdClient(options);
}

class EtcdClient implements EtcdStore {
  readonly #hosts: readonly Host[];
  readonly #attempts: number;
  #current: number;
  #closed = false;

  constructor(options: EtcdClientOptions) {
    this.#hosts = options.hosts.map((name) => ({ name, etcd: connect(name, options), watches: new Set(), why: '' }));
    this.#attempts = Math.max(MIN_ATTEMPTS, this.#hosts.length);
    this.#current = Math.floor(options.random() * this.#hosts.length); // spreads members over etcd's
  }

  async read(...prefixes: readonly string[]) {
    const success = prefixes.map((prefix) => ({ request_range: prefixRange(prefix) }));
    const { responses, header } = await this.#call(({ kv }) => kv.txn({ success }));
    const entries = responses.flatMap(({ response_range: range }) => range!.kvs.map(toEntry));
    return { entries, revision: Number(header.revision) };
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    const { kvs } = await this.#call(({ kv }) => kv.range({ key: Buffer.from(key) }));
    return kvs[0] && toEntry(kvs[0]);
  }

  async put(key: string, value: string, options: StorePutOptions): Promise<number | undefined> {
    const { lease = '', ifRevision } = options;
    const put = { key: Buffer.from(key), value: Buffer.from(value), lease: lease === '' ? '0' : lease };
    if (ifRevision === undefined) {
      const { header } = await this.#call(({ kv }) => kv.put(put));
      return Number(header.revision);
    }
    const isUnchanged = { key: put.key, target: 'Mod', result: 'Equal', mod_revision: ifRevision } as const;
    const done = await this.#call(({ kv }) => kv.txn({ compare: [isUnchanged], success: [{ request_put: put }] }));
    return done.succeeded ? Number(done.header.revision) : undefined;
  }

  async delete(key: string): Promise<boolean> {
    const { deleted } = await this.#call(({ kv }) => kv.deleteRange({ key: Buffer.from(key) }));
    return deleted !== '0';
  }

  async grant(ttlMs: number) {
    const lease = await this.#call(({ leaseClient }) => leaseClient.leaseGrant({ TTL: Math.ceil(ttlMs / 1000) }));
    return { id: lease.ID, ttlMs: Number(lease.TTL) * 1000 };
  }

  async keepAlive(lease: string): Promise<number> {
    const { TTL } = await this.#call(async ({ leaseClient }) =>
      askOnce<etcd3.ILeaseKeepAliveRequest, etcd3.ILeaseKeepAliveResponse>(await leaseClient.leaseKeepAlive(), {
        ID: lease,
      }),
    );
    return Number(TTL) * 1000;
  }

  async timeToLive(lease: string): Promise<number> {
    const { TTL } = await this.#call(({ leaseClient }) => leaseClient.leaseTimeToLive({ ID: lease }));
    return Math.max(0, Number(TTL) * 1000); // -1: gone
  }

  async revoke(lease: string): Promise<void> {
    try {
      await this.#call(({ leaseClient }) => leaseClient.leaseRevoke({ ID: lease }));
    } catch (error) {
      if (!(error instanceof CacheError && error.code === 'not_found')) throw error;
    }
  }

  watch(prefix: string, fromRevision: number, listener: WatchListener) {
    const host = this.#hosts[this.#current]!;
    const watch: WatchStream<etcd3.IWatchRequest> = new WatchStream({
      created: () => listener.created(),
      events: (events) => listener.events(events),
      ended: (error) => {
        host.watches.delete(watch);
        const failure = toCacheError(host, error);
        if (ELSEWHERE.has(failure.code)) this.#leave(host, failure);
        listener.ended(failure);
      },
    });
    host.watches.add(watch);
    const create = { create_request: { ...prefixRange(prefix), start_revision: fromRevision } };
    host.etcd.watchClient
      .watch()
      .then((stream) => watch.open(stream as etcd3.IDuplexStream<etcd3.IWatchRequest, WatchResponse>, create))
      .catch((error: Error) => watch.end(error));
    return {
      cancel: () => {
        host.watches.delete(watch);
        watch.cancel();
      },
    };
  }

  close(): void {
    this.#closed = true;
    for (const host of this.#hosts) {
      for (const watch of host.watches) watch.end(new etcd3.ClientClosedError('watch'));
      host.etcd.close();
    }
  }

  async #call<T>(request: (etcd: etcd3.Etcd3) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const host = this.#hosts[this.#current]!;
      try {
        return await request(host.etcd);
      } catch (error) {
        const failure = toCacheError(host, error as Error);
        if (!ELSEWHERE.has(failure.code)) throw failure;
        this.#leave(host, failure);
        if (attempt >= this.#attempts || this.#closed) throw failure;
      }
    }
  }

  #leave(host: Host, failure: CacheError): void {
    if (this.#hosts[this.#current] !== host) return; // another call has left it already
    this.#current = (this.#current + 1) % this.#hosts.length;
    for (const watch of host.watches) watch.end(failure);
  }
}

function connect(host: string, options: EtcdClientOptions): etcd3.Etcd3 {
  const { user, password, tls, attemptTimeoutMs } = options;
  return new etcd3.Etcd3({
    hosts: host,
    ...(user !== undefined && { auth: { username: user, password: password ?? '' } }),
    ...(tls !== undefined && { credentials: credentials(tls) }),
    grpcOptions: CHANNEL,
    faultHandling: { host: () => NO_POLICY, global: NO_POLICY },
    defaultCallOptions: ({ method }) => ({
      interceptors: [requireLeader],
      // A watch lives on; all else, the one-question stream of a keep-alive too, has to be answered in time.
      ...(method !== 'watch' && { deadline: Date.now() + attemptTimeoutMs }),
    }),
  });
}

function credentials({ ca, cert, key }: TlsOptions) {
  return {
    ...(ca !== undefined && { rootCertificate: Buffer.from(ca) }),
    ...(cert !== undefined && { certChain: Buffer.from(cert) }),
    ...(key !== undefined && { privateKey: Buffer.from(key) }),
  } as { rootCertificate: Buffer }; // gRPC takes the system's authorities where it is missing; etcd3's type does not say so
}

/** A member of a minority would otherwise hold its tongue on watches, and its clients. */
const requireLeader: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      const own = metadata.clone(); // etcd3 shares one object between calls
      own.set('hasleader', 'true');
      next(own, listener);
    },
  });

type Policy = NonNullable<NonNullable<etcd3.IOptions['faultHandling']>['global']>;

/** In place of etcd3's retries and breakers: one call, one attempt. */
const NO_POLICY: Policy = {
  _altReturn: undefined as never,
  onSuccess: () => ({ dispose() {} }),
  onFailure: () => ({ dispose() {} }),
  execute: async (call) => call({ signal: NEVER }),
};
const NEVER = new AbortController().signal;

function prefixRange(prefix: string) {
  const key = Buffer.from(prefix);
  const end = Buffer.from(prefix);
  end[end.length - 1]!++; // cannot overflow: UTF-8 has no byte 0xff
  return { key, range_end: end };
}

function toCacheError(host: Host, error: Error): CacheError {
  if (error instanceof CacheError) return error;
  const typed = etcd3.castGrpcError(error); // errors of streams come as gRPC made them
  const code = CODES.find(([type]) => typed instanceof type)?.[1] ?? 'unavailable';
  const message = withReason(host, typed.message.replace(/\. Resolution note: $/, '')); // so it ends with nothing to note
  return new CacheError(code, `etcd at ${host.name}: ${message}`, { cause: error });
}

/** A channel that finds the connection already failed, by another channel's try, says `null` for why. */
function withReason(host: Host, message: string): string {
  const [, why = ''] = /Last error: (.*)$/s.exec(message) ?? [];
  if (why === 'null') return message.replace(/null$/, host.why || 'unknown');
  if (why !== '') host.why = why;
  return message;
}
