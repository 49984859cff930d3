// Whom a server lets in: what each route is to a door, and who calls.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Access, Caller, Door } from '@ringcache/cache-core';

import { callerCertificate } from './caller-certificate.js';
import type { RouteName } from './routes.js';

const ACCESS: Readonly<Record<Exclude<RouteName, 'key'>, Access>> = {
  getMany: 'read',
  api: 'read',
  groupcache: 'read', // answered as to a client, whoever asks
  members: 'read', // whoever may read has to know whom to ask
  owner: 'read',
  stats: 'admin',
  report: 'admin',
  inspect: 'admin',
  hotKeys: 'admin',
  flights: 'admin',
  drain: 'admin',
  logLevel: 'admin',
  config: 'admin',
  reload: 'admin',
  clear: 'admin',
  serve: 'peer',
  peek: 'peer',
  write: 'peer',
  drop: 'peer',
  exchange: 'peer',
};

export function accessOf(to: RouteName, method: string | undefined): Access {
  if (to !== 'key') return ACCESS[to];
  return method === 'PUT' || method === 'DELETE' ? 'write' : 'read';
}

/** A request that was let in, for as many keys as it turns out to ask for. */
export class Admission {
  readonly #door: Door;
  readonly #caller: Caller;
  readonly #access: Access;
  readonly #group: string;
  #keys = 0;

  /** @throws {CacheError} as {@link Door.admit}, of which it is for one key. */
  constructor(door: Door, req: IncomingMessage, access: Access, group: string) {
    this.#door = door;
    this.#caller = callerOf(req);
    this.#access = access;
    this.#group = group;
    this.more(1);
  }

  /** So many keys more. @throws as the constructor. */
  more(keys: number): void {
    if (keys <= 0) return;
    this.#door.admit(this.#caller, this.#access, this.#group, keys);
    this.#keys += keys;
  }

  leave(): void {
    this.#door.leave(this.#access, this.#keys);
    this.#keys = 0;
  }
}

// A connection is one caller's by habit, so a door that looks up who it is can remember.
const CALLERS = new WeakMap<Socket, Caller>();
const BEARER = /^Bearer +(\S+)$/i;

/** Who calls, as a door is told; one object for a connection as long as its token stays the same. */
export function callerOf({ socket, headers }: IncomingMessage): Caller {
  const token = headers.authorization === undefined ? undefined : BEARER.exec(headers.authorization)?.[1];
  let caller = CALLERS.get(socket);
  if (caller === undefined || caller.token !== token) {
    const certificate = caller === undefined ? callerCertificate(socket) : caller.certificate;
    caller = { address: socket.remoteAddress ?? '', token, certificate };
    CALLERS.set(socket, caller);
  }
  return caller;
}
