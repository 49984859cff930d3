import { readFile } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { CacheError, type Clock, type Member, type OnError, shieldedOnError, systemClock } from '@ringcache/cache-core';
import type { ListDiscovery } from './discovery.js';
import {
  type AddressType,
  type EndpointSlice,
  listOf,
  mapOf,
  membersOf,
  type SliceNames,
  sliceOf,
} from './endpoint-slices.js';
import { KubernetesApi } from './kubernetes-api.js';
import { type Answers, type Follower, ObservedDiscovery, STALE_AFTER_MS } from './observed-discovery.js';
import { Backoff, limited, Pause } from './waiting.js';

export interface KubernetesDiscoveryOptions {
  /** Whose endpoints are the members; headless or not. */
  readonly service: string;
  /** Of the service. Default: this pod's, as its service account says. */
  readonly namespace?: string | undefined;
  /** Names of the service's ports; one that it does not have gives members no such address. Default `grpc` and `http`. */
  readonly portNames?: { readonly grpc?: string | undefined; readonly http?: string | undefined } | undefined;
  /** Which addresses of pods, of a service with both. Default `IPv4`. */
  readonly addressType?: AddressType | undefined;
  /** `https://…` or `http://…`. Default: `https://kubernetes.default.svc`. */
  readonly apiServer?: string | undefined;
  /** Of the service account; '' for none. Read for each request. Default: where pods have it. */
  readonly tokenFile?: string | undefined;
  /** PEM; '': the system's. Default: where pods have it. */
  readonly caFile?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Hears of attempts that failed, each followed by another, and of endpoints that are no members. Default: nobody. */
  readonly onError?: OnError | undefined;
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: (() => number) | undefined;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const API_SERVER = 'https://kubernetes.default.svc';
const REREAD_MS = 30_000; // the longest an event that was lost goes unnoticed
const SERVER_ENDS_LATER_MS = 30_000; // a watch that this side has forgotten
const LIST_LIMIT_MS = 5_000;
const WATCH_OPENED_MS = 3_000;
const MIN_ROUND_MS = 1_000; // a server that ends every watch at once is not asked more often
const RETRY = { baseMs: 100, maxMs: 2_000 };
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/; // RFC 1123, as Kubernetes wants its names

/**
 * Discovery by the EndpointSlices of a service in Kubernetes: a member for each endpoint that is ready. Asks nothing yet; the
 * API may be away for any time. The service account needs `list` and `watch` of `endpointslices` in the namespace.
 *
 * A member is called by its gRPC address, `<pod IP>:<port>` (by the HTTP one where the service has no gRPC port), and must
 * call itself the same. Weights are 1. `register()` changes nothing in Kubernetes: it resolves once the member is ready
 * there, and tells `retrying` until then; `leave()` changes nothing either.
 *
 * A change shows at once, and within 30 s where its event was lost. With no answer, or an empty one, the last list stays in
 * force, marked stale after 3 s.
 * @throws {CacheError} `invalid_argument`: a name or the API server.
 */
export function kubernetesDiscovery(options: KubernetesDiscoveryOptions): ListDiscovery {
  const { clock = systemClock, random = Math.random, addressType = 'IPv4' } = options;
  const onError = shieldedOnError(options.onError);
  const { service, namespace, portNames, apiServer = API_SERVER } = options;
  const { tokenFile = `${SERVICE_ACCOUNT}/token`, caFile = `${SERVICE_ACCOUNT}/ca.crt` } = options;
  checkLabel('service', service);
  if (namespace !== undefined) checkLabel('namespace', namespace);
  if (!/^https?:\/\/[^/\s]+\/?$/.test(apiServer))
    throw invalid(`apiServer must be https://host:port, not ${apiServer}`);
  const api = new KubernetesApi({ apiServer, tokenFile: tokenFile || undefined, caFile: caFile || undefined });
  const names: SliceNames = {
    grpcPortName: portNames?.grpc ?? 'grpc',
    httpPortName: portNames?.http ?? 'http',
    addressType,
    onError,
  };
  return new ObservedDiscovery({
    clock,
    random,
    onError,
    where: `Kubernetes (endpoints of ${service})`,
    freshForMs: REREAD_MS + STALE_AFTER_MS,
    goneAfter: 1, // an answer is of the moment, or an event that follows it
    checkSelf: (member) => checkSelf(member, addressType),
    follow: (answers) => new EndpointsFollower({ api, service, namespace, names, answers, clock, random }),
  });
}

interface FollowerOptions {
  readonly api: KubernetesApi;
  readonly service: string;
  readonly namespace: string | undefined;
  readonly names: SliceNames;
  readonly answers: Answers;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Reads the whole list, watches from its version, and after half a minute, or when the watch ends, for whatever reason, begins
 * again: as with etcd, a watch is never resumed. So neither bookmarks nor old versions (410) need any care of their own.
 */
class EndpointsFollower implements Follower {
  readonly #options: FollowerOptions;
  readonly #pause: Pause;
  readonly #backoff: Backoff;
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #done: Promise<void>;
  #abort = new AbortController();
  #stopped = false;
  #readAt = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
    this.#backoff = new Backoff({ ...RETRY, random: options.random });
    this.#done = this.#run();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#abort.abort();
    this.#pause.cut();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { clock, answers } = this.#options;
    while (!this.#stopped) {
      this.#abort = new AbortController();
      try {
        const path = await this.#path();
        const version = await this.#list(path);
        if (this.#stopped) return;
        await this.#watch(path, version);
        if (this.#stopped) return;
        await this.#pause.wait(this.#readAt + MIN_ROUND_MS - clock.now());
      } catch (error) {
        if (this.#stopped) return;
        this.#abort.abort(); // also what has outlasted its limit
        answers.failed(error);
        await this.#pause.wait(this.#backoff.next());
      }
    }
  }

  async #path(): Promise<string> {
    const { service } = this.#options;
    const namespace = this.#options.namespace ?? (await ownNamespace());
    const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
    return `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
  }

  /** @returns the version of the list, from which to watch. */
  async #list(path: string): Promise<string> {
    const { api, clock, names, answers } = this.#options;
    const askedAt = clock.now();
    const list = mapOf(await limited(clock, LIST_LIMIT_MS, api.get(path, this.#abort.signal)));
    const { resourceVersion } = mapOf(list?.metadata) ?? {};
    if (typeof resourceVersion !== 'string' || !Array.isArray(list?.items)) {
      throw new CacheError('unavailable', 'the Kubernetes API sent no list of EndpointSlices');
    }
    const slices = listOf(list.items).map((item) => sliceOf(item, names));
    if (this.#stopped) return resourceVersion;
    this.#slices.clear();
    for (const slice of slices) this.#slices.set(slice.name, slice);
    this.#readAt = askedAt;
    answers.took(membersOf(this.#slices.values()), askedAt);
    return resourceVersion;
  }

  /** Resolves when it is time to read again. */
  async #watch(path: string, version: string): Promise<void> {
    const { api, clock, random } = this.#options;
    const rereadMs = REREAD_MS * (1 - random() / 10); // members read at different times
    const timeoutSeconds = Math.ceil((rereadMs + SERVER_ENDS_LATER_MS) / 1_000);
    const { signal } = this.#abort;
    let isOver = false;
    let isOpen = false;
    const end = () => {
      isOver = true;
      this.#abort.abort();
    };
    let timer = clock.setTimeout(end, WATCH_OPENED_MS);
    const opened = () => {
      isOpen = true;
      this.#backoff.reset();
      timer.cancel();
      timer = clock.setTimeout(end, rereadMs);
    };
    const watch = `${path}&watch=1&resourceVersion=${encodeURIComponent(version)}&timeoutSeconds=${timeoutSeconds}`;
    try {
      for await (const event of api.lines(watch, signal, opened)) if (!this.#apply(event)) return;
    } catch (error) {
      if (!isOver) throw error;
      if (!isOpen) throw new CacheError('deadline', `the Kubernetes API opened no watch in ${WATCH_OPENED_MS} ms`);
    } finally {
      timer.cancel();
    }
  }

  /** False: the watch is at its end. */
  #apply(value: unknown): boolean {
    const { names, answers } = this.#options;
    const event = mapOf(value);
    switch (event?.type) {
      case 'ADDED':
      case 'MODIFIED': {
        const slice = sliceOf(event.object, names);
        this.#slices.set(slice.name, slice);
        break;
      }
      case 'DELETED':
        this.#slices.delete(sliceOf(event.object, names).name);
        break;
      case 'ERROR': {
        const { code, message } = mapOf(event.object) ?? {};
        if (code === 410) return false; // the version is too old by now: read again
        throw new CacheError('unavailable', `the Kubernetes API ended the watch: ${code} ${message}`);
      }
      default:
        return true; // a bookmark, or what a later version sends
    }
    answers.took(membersOf(this.#slices.values()), this.#readAt);
    return true;
  }
}

async function ownNamespace(): Promise<string> {
  const file = `${SERVICE_ACCOUNT}/namespace`;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const message = `a namespace is needed outside of a pod: cannot read ${file}`;
    throw new CacheError('unavailable', message, { cause: error });
  }
}

function checkSelf({ id, grpc, http, weight }: Member, addressType: AddressType): void {
  const address = grpc === '' ? http : grpc;
  if (id !== address || id === '') {
    throw invalid(
      `member ${id} must have its address for an id, since Kubernetes knows no other: ${address || 'none'}`,
    );
  }
  if (weight !== 1) throw invalid(`the weight of member ${id} must be 1: Kubernetes knows no other`);
  const host = address.slice(0, address.lastIndexOf(':'));
  if (addressType === 'IPv4' ? isIPv4(host) : /^\[.*\]$/.test(host) && isIPv6(host.slice(1, -1))) return;
  const example = addressType === 'IPv4' ? '10.0.0.7' : '[fd00::7]';
  throw invalid(`the address of a member must be its pod's, like ${example}:9999, not ${address}`);
}

function checkLabel(field: string, name: string): void {
  if (!LABEL.test(name)) throw invalid(`${field} must be a name in Kubernetes, not ${JSON.stringify(name)}`);
}

function invalid(message: string): CacheError {
  return new CacheError('invalid_argument', message);
}
