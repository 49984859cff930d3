import { CacheError, type OnError } from '@ringcache/cache-core';
import { ConfigError, readPemFiles } from '@ringcache/config';
import { type Directory, type Discovery, etcdDiscovery } from '@ringcache/discovery';
import type { RegistrarConfig } from './config.js';

export const EXIT_FAILED = 1;
export const EXIT_BAD_USE = 2;
export const ANSWER_LIMIT_MS = 3_000; // with the start of the program, a person waits under 5 s for an etcd that is away

/** Ends the program with a line on standard error. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = EXIT_FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Opens the directory for one piece of work, whose result is the exit code, and turns what goes wrong into one line. */
export async function withDirectory(
  config: RegistrarConfig,
  work: (directory: Discovery & Directory) => Promise<number>,
): Promise<number> {
  const { hosts, cluster, user, password, tls } = config.discovery;
  const onError: OnError = ({ code, message }) => {
    if (code === 'invalid_argument') process.stderr.write(`${message}\n`); // an entry that is no member
  };
  const directory = etcdDiscovery({
    hosts,
    cluster,
    user,
    password,
    tls: tls && readPemFiles(tls, 'discovery.tls'),
    onError,
  });
  try {
    return await work(directory);
  } catch (error) {
    throw failureOf(error, hosts);
  } finally {
    directory.close(); // not waited for: the program ends now, and a host that hangs would hold it up
  }
}

/** The outcome of `work`, or a failure after {@link ANSWER_LIMIT_MS}. */
export async function soon<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CacheError('deadline', `no answer in ${ANSWER_LIMIT_MS} ms`)), ANSWER_LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Prints what ended the program; returns its exit code. */
export function report(error: unknown): number {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  if (error instanceof Failure) return error.exitCode;
  return error instanceof ConfigError ? EXIT_BAD_USE : EXIT_FAILED;
}

function failureOf(error: unknown, hosts: readonly string[]): Error {
  if (!(error instanceof CacheError)) return error as Error;
  if (error.code === 'invalid_argument') return new Failure(error.message, EXIT_BAD_USE);
  if (error.code !== 'unavailable' && error.code !== 'deadline') return error;
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  return new Failure(`etcd is out of reach at ${hosts.join(', ')} (${reason})`);
}
