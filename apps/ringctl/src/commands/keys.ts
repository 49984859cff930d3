import { buffer } from 'node:stream/consumers';
import type { Change, WriteResult } from '@ringcache/cache-core';

import { EXIT, type ExitCode } from '../exit-codes.js';
import { msText } from '../numbers.js';
import type { Output } from '../output.js';
import { jsonBytes, printable, printableBytes } from '../printable.js';
import type { Session } from '../session.js';

/** Prints the value as it is; a terminal, or a document, gets it in a form that does nothing to it. */
export async function get(session: Session, group: string, key: string, output: Output): Promise<ExitCode> {
  const answer = await session.answering((node, call) => node.get(group, key, call));
  const { value, version, ttlMs, source, servedBy } = answer;
  if (output.format === 'table' && !process.stdout.isTTY) {
    output.bytes(value);
    return EXIT.ok;
  }
  const life = Number.isFinite(ttlMs) ? { ttlMs } : {};
  output.document({ group, key, ...jsonBytes(value), version, ...life, source, servedBy }, () => printableBytes(value));
  return EXIT.ok;
}

export interface SetOptions {
  readonly ttlMs: number | undefined;
}

const STANDARD_INPUT = '-';

/** @param value `-`: all of standard input. */
export async function set(
  session: Session,
  group: string,
  key: string,
  value: string,
  { ttlMs }: SetOptions,
  output: Output,
): Promise<ExitCode> {
  const bytes = value === STANDARD_INPUT ? await buffer(process.stdin) : Buffer.from(value);
  session.renew(); // whoever typed it took their time
  return write(session, group, { op: 'set', key, value: bytes, ttlMs }, output);
}

export function remove(session: Session, group: string, key: string, output: Output): Promise<ExitCode> {
  return write(session, group, { op: 'delete', key }, output);
}

async function write(session: Session, group: string, change: Change, output: Output): Promise<ExitCode> {
  const result = await session.answering((node, call) => node.write(group, change, call));
  return written(result, `${change.op === 'set' ? 'set' : 'deleted'} ${printable(change.key, 100)}`, output);
}

const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** @returns 1 where some members may not know of it. */
export function written(result: WriteResult, what: string, output: Output): ExitCode {
  output.document(result, () => (result.applied === 'all' ? `${what}: every member knows` : `${what}, at its owner`));
  if (result.applied === 'all') return EXIT.ok;
  const { missing, staleForMs } = result;
  const bound = staleForMs >= NO_BOUND ? 'for as long as they live' : `for ${msText(staleForMs)} at most`;
  output.note(`${printable(missing.join(', '))} did not acknowledge: they may give an older value ${bound}`);
  return EXIT.failed;
}
