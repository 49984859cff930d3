import { once } from 'node:events';
import { connect } from 'node:net';
import type { Member } from '@ringcache/cache-core';

/** Why a member cannot be reached: `address (what went wrong)`. */
export type Unreachable = string;

/**
 * Opens a TCP connection to each address of a member, and closes it again.
 * @param limitMs for each of them, in ms; they are tried at once.
 * @returns a line for each that cannot be reached; empty: all can.
 */
export async function unreachable({ grpc, http }: Member, limitMs: number): Promise<Unreachable[]> {
  const addresses = [grpc, http].filter((address) => address !== '');
  const problems = await Promise.all(addresses.map((address) => problemWith(address, limitMs)));
  return problems.filter((problem) => problem !== undefined);
}

async function problemWith(address: string, limitMs: number): Promise<Unreachable | undefined> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: Number(address.slice(colon + 1)) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(limitMs) });
    return undefined;
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    return `${address} (${name === 'AbortError' ? `no answer in ${limitMs} ms` : (code ?? 'not reachable')})`;
  } finally {
    socket.destroy();
  }
}
