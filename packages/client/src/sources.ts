// Where a client learns who is in the cluster. Each source gives whole lists for as long as it is listened to.

import {
  CacheError,
  type Clock,
  type Connect,
  type Member,
  type NodeClient,
  type OnError,
  type RingView,
} from '@ringcache/cache-core';
import type { Discovery } from '@ringcache/discovery';

import { RingNews } from './ring-news.js';

/** A list of members, and how their ring hashes where the source knows. */
export interface MemberList {
  readonly members: readonly Member[];
  readonly dialect?: string;
  readonly replicas?: number;
}

/**
 * Gives whole lists until the signal is aborted. Calls `unreachable` each time that it has found nobody to ask, with why:
 * calls that wait for a first list then end.
 */
export type MemberSource = (signal: AbortSignal, unreachable: OnError) => AsyncIterable<MemberList>;

export function fromDiscovery(discovery: Pick<Discovery, 'watch'>): MemberSource {
  return (signal) => discovery.watch(signal);
}

export interface NodeSourceOptions {
  /** Addresses of nodes to begin with, `host:port` of the transport that `connect` speaks. */
  nodes: readonly string[];
  connect: Connect;
  clock: Clock;
  /** 0 ≤ x < 1: clients spread over the nodes that they ask. */
  random: () => number;
  onError: OnError;
  /** How often the list is asked for again, in ms. */
  pollMs: number;
  /** Where it is heard that a node sees another ring: then the list is asked for at once. Default: nowhere. */
  news?: RingNews | undefined;
}

const ASK_TIMEOUT_MS = 2_000;
const FIRST_AGAIN_MS = 100; // while nobody has answered yet, doubled up to the next
const LONGEST_AGAIN_MS = 1_000;
const MAX_NAMED = 3; // of the nodes that do not answer, in a message

/** Asks one node for its members, again and again; if it is away, another of those it named or was given. */
export function fromNodes(options: NodeSourceOptions): MemberSource {
  const { clock, pollMs, news = new RingNews() } = options;
  return async function* (signal, unreachable) {
    const asker = new NodeAsker(options);
    try {
      let againMs = FIRST_AGAIN_MS;
      while (!signal.aborted) {
        const view = await asker.ask(signal, unreachable);
        if (view !== undefined) {
          news.known = view.fingerprint;
          againMs = pollMs;
          yield view;
        }
        const teller = await news.wait(clock, Math.min(againMs, pollMs), signal);
        if (view === undefined && againMs < LONGEST_AGAIN_MS) againMs = Math.min(2 * againMs, LONGEST_AGAIN_MS);
        if (teller !== undefined) await asker.moveTo(teller);
      }
    } finally {
      await asker.close();
    }
  };
}

type Address = Pick<Member, 'grpc' | 'http'>;

/** Asks over one connection for as long as it answers, then over one to another node, by chance. */
class NodeAsker {
  readonly #options: NodeSourceOptions;
  readonly #given: readonly Address[];
  #known: readonly Address[] = [];
  #current: { readonly at: Address; readonly client: NodeClient } | undefined;

  constructor(options: NodeSourceOptions) {
    this.#options = options;
    this.#given = options.nodes.map(atAddress);
  }

  /** undefined: nobody answered, or the signal was aborted. */
  async ask(signal: AbortSignal, unreachable: OnError): Promise<RingView | undefined> {
    const { onError } = this.#options;
    const failures: string[] = [];
    for (const node of this.#inTurn()) {
      const { client } = await this.#connectTo(node);
      try {
        const view = await client.members({ timeoutMs: ASK_TIMEOUT_MS, signal });
        this.#known = view.members;
        return view;
      } catch (error) {
        await this.close();
        if (signal.aborted) return undefined;
        const failure = CacheError.from(error, 'unavailable');
        if (failures.length < MAX_NAMED) failures.push(failure.message);
        onError(failure);
      }
    }
    unreachable(new CacheError('unavailable', `no members are known: ${failures.join('; ')}`));
    return undefined;
  }

  /** Asks there from now on. */
  async moveTo(address: string): Promise<void> {
    await this.#connectTo(atAddress(address));
  }

  async close(): Promise<void> {
    const client = this.#current?.client;
    this.#current = undefined;
    await client?.close();
  }

  /** The present node, then the others. The addresses given stay among them: all members that are known may be gone at once. */
  #inTurn(): Address[] {
    const others = [...shuffled(this.#known, this.#options.random), ...shuffled(this.#given, this.#options.random)];
    const current = this.#current?.at;
    return current === undefined ? others : [current, ...others.filter((other) => !isSame(other, current))];
  }

  async #connectTo(at: Address) {
    if (this.#current !== undefined && isSame(this.#current.at, at)) return this.#current;
    await this.close();
    this.#current = { at, client: this.#options.connect(at) };
    return this.#current;
  }
}

function atAddress(address: string): Address {
  return { grpc: address, http: address };
}

function isSame(a: Address, b: Address): boolean {
  return a.grpc === b.grpc && a.http === b.http;
}

/** In an order by chance (Fisher and Yates). */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const all = [...list];
  for (let left = all.length; left > 1; left--) {
    const at = Math.floor(random() * left);
    [all[left - 1], all[at]] = [all[at]!, all[left - 1]!];
  }
  return all;
}
