import { CacheError, type Connect, type Member, type NodeClient, type OnError } from '@ringcache/cache-core';

export interface Connection {
  readonly member: Member;
  readonly node: NodeClient;
  /** Calls that wait for its answer. */
  inFlight: number;
}

/** A client's way to each member, made when first asked for, and closed after its last call once the member is gone or moved. */
export class Connections {
  readonly #connect: Connect;
  readonly #onError: OnError;
  readonly #open = new Map<string, Connection>();
  /** To members that have left the list: what they were asked before, they answer. */
  readonly #retired = new Set<Connection>();

  constructor(connect: Connect, onError: OnError) {
    this.#connect = connect;
    this.#onError = onError;
  }

  inFlightTo({ id }: Member): number {
    return this.#open.get(id)?.inFlight ?? 0;
  }

  /** For one call, which {@link leave}s when it has ended. */
  enter(member: Member): Connection {
    let connection = this.#open.get(member.id);
    if (connection === undefined) {
      connection = { member, node: this.#connect(member), inFlight: 0 };
      this.#open.set(member.id, connection);
    }
    connection.inFlight++;
    return connection;
  }

  leave(connection: Connection): void {
    connection.inFlight--;
    if (this.#retired.size > 0) this.#closeIfDone(connection);
  }

  /** Retires those to members that are not among these, or are elsewhere now. */
  keep(members: ReadonlyMap<string, Member>): void {
    for (const [id, connection] of this.#open) {
      const is = members.get(id);
      if (is !== undefined && is.grpc === connection.member.grpc && is.http === connection.member.http) continue;
      this.#open.delete(id);
      this.#retired.add(connection);
      this.#closeIfDone(connection);
    }
  }

  /** Closes all; calls in flight reject with `unavailable`. */
  async close(): Promise<void> {
    const all = [...this.#open.values(), ...this.#retired];
    this.#open.clear();
    this.#retired.clear();
    await Promise.allSettled(all.map(({ node }) => node.close()));
  }

  #closeIfDone(connection: Connection): void {
    if (connection.inFlight > 0 || !this.#retired.delete(connection)) return;
    connection.node.close().catch((error: unknown) => this.#onError(CacheError.from(error)));
  }
}
