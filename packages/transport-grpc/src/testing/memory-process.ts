// One side of a pipe, alone in a process, which tells how much memory it keeps: in the tests' own process others leave garbage.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Group, type GroupOptions, type Member, Peers, systemClock } from '@ringcache/cache-core';

import { dialGrpc } from '../dial.js';
import { serveGrpc } from '../server.js';
import { ENDLESS, SMALL } from './memory-keys.js';

/** `server` serves one group `g` with values of `valueBytes`. `client` writes to the member at an address, and gives up. */
export type MemoryRole =
  | { readonly role: 'server'; readonly valueBytes: number; readonly limits?: Partial<GroupOptions> }
  | { readonly role: 'client'; readonly address: string };

export type MemoryCommand =
  | { readonly ask: 'kept' | 'serves' | 'drain' }
  | { readonly ask: 'write'; readonly times: number; readonly bytes: number; readonly timeoutMs: number };

const SELF: Member = { id: 'served', grpc: '', http: '', weight: 1 };
const SAME_BYTES = 64 * 1024; // less of a change is none
const MAX_ROUNDS = 50;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const given = JSON.parse(process.argv[2]!) as MemoryRole;
const { port, answer } = given.role === 'server' ? await beServer(given) : beClient(given.address);
process.on('message', async (command: MemoryCommand) => {
  process.send!(command.ask === 'kept' ? await bytesKept() : await answer(command));
});
process.send!(port);

async function beServer({ valueBytes, limits }: MemoryRole & { role: 'server' }) {
  const load = (key: string) => {
    if (key === ENDLESS) return new Promise<Uint8Array>(() => {});
    return Promise.resolve(Buffer.alloc(key === SMALL ? 1 : valueBytes));
  };
  const peers = new Peers({ self: SELF, incarnation: 'present', dial: dialGrpc(), exchanges: false });
  const group = new Group({ name: 'g', load, peers, clock: systemClock, flightTimeoutMs: 600_000, ...limits });
  const server = await serveGrpc({ peers, groups: new Map([['g', group]]) }, { drainTimeoutMs: 600_000 });
  const answerAs = async ({ ask }: MemoryCommand) => {
    if (ask === 'drain') await server.drain();
    return group.stats().serves;
  };
  return { port: server.port, answer: answerAs };
}

function beClient(address: string) {
  const peer = dialGrpc({ cluster: 'default' })({ ...SELF, grpc: address, incarnation: '' });
  const answerAs = async (command: MemoryCommand) => {
    if (command.ask !== 'write') throw new Error(`a client knows no ${command.ask}`);
    const { times, bytes, timeoutMs } = command;
    const write = () => peer.write('g', { op: 'set', key: 'k', value: Buffer.alloc(bytes) }, { timeoutMs });
    const outcomes = await Promise.allSettled(Array.from({ length: times }, write));
    return outcomes.filter(({ status }) => status === 'rejected').length;
  };
  return { port: 0, answer: answerAs };
}

/** Once collecting garbage gives nothing more: Buffers are given back in later turns, and what held them as well. */
async function bytesKept(): Promise<number> {
  for (let before = Number.POSITIVE_INFINITY, same = 0, round = 0; ; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { heapUsed, external } = process.memoryUsage();
    const bytes = heapUsed + external;
    same = Math.abs(before - bytes) < SAME_BYTES ? same + 1 : 0;
    if (same === 3 || round === MAX_ROUNDS) return bytes;
    before = bytes;
  }
}
