import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { splitAddress } from '@ringcache/config';

/** The port belongs to another process. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/**
 * Binds every address of `host:port`, one by one: `localhost` has two as a rule, and grpc-js, given the name, is content
 * with either, so that a foreign process on 127.0.0.1 would get half the calls unnoticed. An address that the machine
 * lacks (::1 in many containers) is passed over if another could be bound.
 * @param listen port 0: any free one.
 * @returns the port.
 * @throws {PortTakenError} another process has the port on one of the addresses; others may be bound by then.
 */
export async function listenOn(server: Server, listen: string): Promise<number> {
  const { host, port } = splitAddress(listen);
  const addresses = await lookup(host, { all: true });
  let bound = port;
  const failures: string[] = [];
  for (const { address, family } of addresses) {
    const failure = await tryPort(address, bound);
    if (failure?.code === 'EADDRINUSE') throw new PortTakenError(takenText(address, bound), { cause: failure });
    if (failure === undefined) bound = await bind(server, `${family === 6 ? `[${address}]` : address}:${bound}`);
    else failures.push(failure.message);
  }
  if (failures.length === addresses.length) throw new Error(`cannot listen on ${listen}: ${failures.join('; ')}`);
  return bound;
}

function takenText(address: string, port: number): string {
  return `port ${port} on ${address} is taken by another process: stop that one, or choose another port with --listen`;
}

/** Why the port cannot be had, by its code: grpc-js has only a text for it, and prints a line of its own. */
function tryPort(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}
