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

export type MemberSource = (signal: AbortSignal) => AsyncIterable<MemberList>;

export function fromDiscovery(discovery: Pick<Discovery, 'watch'>): MemberSource {
  return (signal) => discovery.watch(signal);
}

export interface NodeSourceOptions {
  /** Addresses of nodes to begin with, `host:port` of the transport that `connect` speaks. */
  nodes: readonly string[];
  connect: Connect;
  clock: Clock;
  onError: OnError;
  /** How often the list is asked for again, in ms. */
  pollMs: number;
  /** Where it is heard that a node sees another ring: then the list is asked for at once. Default: nowhere. */
  news?: RingNews | undefined;
}

/** Asks one node for its members, again and again; if it is away, the next of those it named or was given. */
export function fromNodes(options: NodeSourceOptions): MemberSource {
  const { clock, pollMs, news = new RingNews() } = options;
  const given = options.nodes.map(atAddress);
  return async function* (signal) {
    let known = given;
    while (!signal.aborted) {
      const view = await askFirst(known, options, signal);
      if (view !== undefined) {
        news.known = view.fingerprint;
        yield view;
      }
      const teller = await news.wait(clock, pollMs, signal);
      // The addresses given stay in the list: all members that are known now may be gone at once.
      if (view !== undefined) known = [...view.members, ...given];
      if (teller !== undefined) known = [atAddress(teller), ...known];
    }
  };
}

function atAddress(address: string): Pick<Member, 'grpc' | 'http'> {
  return { grpc: address, http: address };
}

const ASK_TIMEOUT_MS = 2_000;

async function askFirst(
  nodes: readonly Pick<Member, 'grpc' | 'http'>[],
  options: NodeSourceOptions,
  signal: AbortSignal,
): Promise<RingView | undefined> {
  for (const node of nodes) {
    const client = options.connect(node);
    try {
      return await askOne(client, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      options.onError(CacheError.from(error, 'unavailable'));
    }
  }
  return undefined;
}

async function askOne(client: NodeClient, signal: AbortSignal): Promise<RingView> {
  try {
    return await client.members({ timeoutMs: ASK_TIMEOUT_MS, signal });
  } finally {
    await client.close();
  }
}
