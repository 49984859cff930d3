// One run of the program: whom it asks, and how long that may take.

import {
  type Admin,
  type AdminClient,
  CacheError,
  type CallOptions,
  type Member,
  type NodeClient,
  type RingView,
} from '@ringcache/cache-core';
import { adminGrpc, connectGrpc } from '@ringcache/transport-grpc';
import { adminHttp, connectHttp } from '@ringcache/transport-http';

import type { RingctlConfig } from './config.js';
import { type Endpoint, textOf } from './endpoint.js';
import { EXIT, exitCodeOfAll, Failure } from './exit-codes.js';

/** What a member said, or why it did not. */
export type Outcome<T> = { readonly member: Member } & (
  | { readonly answer: T; readonly error?: undefined }
  | { readonly answer?: undefined; readonly error: CacheError }
);

interface Connection {
  readonly node: NodeClient;
  readonly admin: AdminClient;
}

export class Session {
  readonly #config: RingctlConfig;
  readonly #connections = new Map<string, Connection>();
  #deadline: number;
  /** That answered last; it is asked first. */
  #answering: Endpoint | undefined;
  /** Of the last list: they are asked too, where no endpoint answers any more. */
  #known: readonly Endpoint[] = [];

  constructor(config: RingctlConfig) {
    this.#config = config;
    this.#deadline = performance.now() + config.timeoutMs;
  }

  /** Gives what follows all of the time again: for views that go on. */
  renew(): void {
    this.#deadline = performance.now() + this.#config.timeoutMs;
  }

  /** For a call that may take all the time that is left. */
  get call(): CallOptions {
    return { timeoutMs: Math.max(1, Math.ceil(this.#deadline - performance.now())) };
  }

  /**
   * Asks one endpoint after the other, until one answers, be it with an error.
   * @throws {Failure} nobody did; {CacheError} the answer.
   */
  async first<T>(ask: (node: NodeClient, call: CallOptions) => Promise<T>): Promise<T> {
    const endpoints = this.#inOrder();
    const errors: CacheError[] = [];
    for (const [i, endpoint] of endpoints.entries()) {
      const call = { timeoutMs: this.#part(endpoints.length - i) };
      try {
        const answer = await ask(this.#connection(endpoint).node, call);
        this.#answering = endpoint;
        return answer;
      } catch (error) {
        const failure = CacheError.from(error);
        if (failure.answered || !['unavailable', 'deadline'].includes(failure.code)) throw failure;
        errors.push(failure);
      }
    }
    const told = endpoints.map((endpoint, i) => `${textOf(endpoint)} (${reasonOf(errors[i]!)})`);
    throw new Failure(`no member answers at ${told.join(', nor at ')}`, exitCodeOfAll(errors));
  }

  /** Asks the one endpoint that answers, for as long as there is time. @throws {Failure} none does; {CacheError} the answer. */
  async answering<T>(ask: (node: NodeClient, call: CallOptions) => Promise<T>): Promise<T> {
    if (this.#answering === undefined) await this.view();
    return ask(this.#connection(this.#way()).node, this.call);
  }

  /** The ring as the first endpoint that answers sees it. */
  async view(): Promise<RingView> {
    const view = await this.first((node, call) => node.members(call));
    const { transport, tls } = this.#way();
    this.#known = view.members.flatMap((member) =>
      member[transport] === '' ? [] : [{ transport, tls, address: member[transport] }],
    );
    return view;
  }

  /** Asks every one of these members at the same time. Never rejects. */
  all<T>(
    members: readonly Member[],
    ask: (admin: Admin, call: CallOptions, member: Member) => Promise<T>,
  ): Promise<Outcome<T>[]> {
    return Promise.all(
      members.map(async (member): Promise<Outcome<T>> => {
        try {
          return { member, answer: await ask(this.adminOf(member), this.call, member) };
        } catch (error) {
          return { member, error: CacheError.from(error) };
        }
      }),
    );
  }

  /** The way that the endpoint was asked, if the member has it, else the other. */
  adminOf(member: Member): Admin {
    const { transport, tls } = this.#way();
    const other = transport === 'grpc' ? 'http' : 'grpc';
    const way = member[transport] === '' ? other : transport;
    return this.#connection({ transport: way, tls, address: member[way] }).admin;
  }

  async close(): Promise<void> {
    const open = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.allSettled(open.flatMap(({ node, admin }) => [node.close(), admin.close()]));
  }

  #way(): Endpoint {
    return this.#answering ?? this.#config.endpoints[0]!;
  }

  #inOrder(): Endpoint[] {
    const all = [...(this.#answering ? [this.#answering] : []), ...this.#config.endpoints, ...this.#known];
    return [...new Map(all.map((endpoint) => [textOf(endpoint), endpoint])).values()];
  }

  /** Of the time that is left, for one of so many: one that is silent leaves some to the others. */
  #part(of: number): number {
    return Math.max(1, Math.ceil((this.#deadline - performance.now()) / of));
  }

  #connection(endpoint: Endpoint): Connection {
    const name = textOf(endpoint);
    const open = this.#connections.get(name) ?? this.#connect(endpoint);
    this.#connections.set(name, open);
    return open;
  }

  #connect({ transport, tls: isTls, address }: Endpoint): Connection {
    const { token, tls: given, timeoutMs } = this.#config;
    const tls = given ?? (isTls ? {} : undefined); // a certificate of an authority that Node.js comes with
    if (transport === 'grpc') {
      const options = { token, tls, connectTimeoutMs: timeoutMs, callTimeoutMs: timeoutMs };
      const at = { grpc: address, http: '' };
      return { node: connectGrpc(options)(at), admin: adminGrpc(options)(at) };
    }
    const at = { grpc: '', http: address };
    return { node: connectHttp({ token, tls })(at), admin: adminHttp({ token, tls })(at) };
  }
}

/** The member of this id, or at one of its addresses. @throws {Failure} there is none. */
export function memberNamed(view: RingView, name: string): Member {
  const found = view.members.find(({ id, grpc, http }) => id === name || grpc === name || http === name);
  if (found !== undefined) return found;
  const known = view.members.map(({ id }) => id).join(', ');
  throw new Failure(`there is no member ${name} in the ring: it has ${known === '' ? 'none' : known}`, EXIT.notFound);
}

/** Of what grpc-js says of a connection that failed, what the system said. */
function reasonOf({ message }: Error): string {
  const system = /Last error: (?:Error: )?(.+?)\.? ?Resolution note/s.exec(message)?.[1];
  return oneLine(system ?? message);
}

export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
