import { type AdminClient, CacheError, type ConnectAdmin, type Member, type OnError } from '@ringcache/cache-core';

/** The other members as an operator asks them: a connection each, made when it is first asked, closed when the member is gone. */
export class AdminClients {
  readonly #connect: ConnectAdmin;
  readonly #onError: OnError;
  readonly #clients = new Map<string, { readonly address: string; readonly client: AdminClient }>();
  #closed = false;

  constructor(connect: ConnectAdmin, onError: OnError) {
    this.#connect = connect;
    this.#onError = onError;
  }

  /** @throws {CacheError} `unavailable`: this member has left. */
  of(member: Member): AdminClient {
    if (this.#closed) throw new CacheError('unavailable', 'this member has left the ring, and asks no other');
    const open = this.#clients.get(member.id);
    if (open?.address === addressOf(member)) return open.client;
    this.#close(member.id);
    const client = this.#connect(member);
    this.#clients.set(member.id, { address: addressOf(member), client });
    return client;
  }

  /** Closes those of members that are not among these. */
  keep(members: readonly Member[]): void {
    for (const id of [...this.#clients.keys()]) if (!members.some((member) => member.id === id)) this.#close(id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map(({ client }) => client.close()));
  }

  #close(id: string): void {
    const open = this.#clients.get(id);
    this.#clients.delete(id);
    open?.client.close().catch((error: unknown) => this.#onError(CacheError.from(error)));
  }
}

function addressOf({ grpc, http }: Member): string {
  return `${grpc} ${http}`;
}
