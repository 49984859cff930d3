import { type Dialect, Ring } from '@ringcache/hashring';

import type { Dial, OnError, PeerClient, RingView } from './contracts.js';
import { CacheError } from './errors.js';
import type { Member } from './member.js';

export interface PeersOptions {
  /** This node. */
  self: Member;
  dial: Dial;
  /** How the ring hashes. Default `ringcache`. */
  dialect?: Dialect;
  /** Points a member of weight 1 has on the ring. Default: the dialect's. */
  replicas?: number;
  /** Hears of clients that could not be closed. Default: nobody. */
  onError?: OnError;
}

/** The ring as this node sees it, and a client for each other member of it. */
export class Peers {
  readonly self: Member;

  readonly #dial: Dial;
  readonly #ringOptions: { dialect?: Dialect; replicas?: number };
  readonly #onError: OnError;
  readonly #clients = new Map<string, PeerClient>();
  readonly #listeners = new Set<(peers: Peers) => void>();
  #ring: Ring<Member>;
  #stale = false;

  /** Begins with a ring of this node alone. */
  constructor(options: PeersOptions) {
    this.self = options.self;
    this.#dial = options.dial;
    this.#ringOptions = {
      ...(options.dialect === undefined ? {} : { dialect: options.dialect }),
      ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    };
    this.#onError = options.onError ?? (() => {});
    this.#ring = Ring.of([options.self], this.#ringOptions);
  }

  get ring(): Ring<Member> {
    return this.#ring;
  }

  /** Discovery is out of reach; the ring is made of the last list that it gave. */
  get stale(): boolean {
    return this.#stale;
  }

  owns(key: string): boolean {
    return this.#ring.owner(key).id === this.self.id;
  }

  /** Every member of the ring but this node. */
  others(): Member[] {
    return this.#ring.members.filter((member) => member.id !== this.self.id);
  }

  /** Takes a new list of members; an empty one means a ring of this node alone. Clients of those who left are closed. */
  update(members: readonly Member[], stale = false): void {
    const before = new Map(this.#ring.members.map((member) => [member.id, member]));
    this.#ring = Ring.of(members.length === 0 ? [this.self] : members, this.#ringOptions);
    this.#stale = stale;
    const now = new Map(this.#ring.members.map((member) => [member.id, member]));
    for (const [id, client] of this.#clients) {
      if (sameAddress(before.get(id), now.get(id))) continue;
      this.#clients.delete(id);
      this.#closeInBackground(client);
    }
    for (const listener of this.#listeners) listener(this);
  }

  /** Calls back after every update until the returned function is called. */
  onUpdate(listener: (peers: Peers) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The client of another member, made when first asked for. */
  client(member: Member): PeerClient {
    let client = this.#clients.get(member.id);
    if (client === undefined) {
      client = this.#dial(member);
      this.#clients.set(member.id, client);
    }
    return client;
  }

  view(): RingView {
    const { members, dialect, replicas, fingerprint } = this.#ring;
    return { self: this.self.id, members, dialect, replicas, fingerprint, stale: this.#stale };
  }

  /** Closes every client. */
  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    this.#listeners.clear();
    await Promise.allSettled(clients.map((client) => client.close()));
  }

  #closeInBackground(client: PeerClient): void {
    client.close().catch((error: unknown) => this.#onError(CacheError.from(error)));
  }
}

function sameAddress(a: Member | undefined, b: Member | undefined): boolean {
  return a !== undefined && b !== undefined && a.grpc === b.grpc && a.http === b.http;
}
