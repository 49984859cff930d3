import { setTimeout as sleep } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Logger } from '@ringcache/logger';
import pg from 'pg';
import { PrismaClient } from './gen/client.js';
import { isAccessDenied } from './outage.js';

export interface DatabaseOptions {
  readonly url: string;
  /** Most connections open at once; further queries wait for one, at most `timeoutMs`. */
  readonly poolSize: number;
  /** For getting a connection, and again for each query, in ms. */
  readonly timeoutMs: number;
}

export interface Database {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  /** Waits for queries that run, each bounded by `timeoutMs`, and closes the connections. */
  close(): Promise<void>;
}

/** Makes the pool and its Prisma client. Connects with the first query, and again by itself after an outage. */
export function openDatabase({ url, poolSize, timeoutMs }: DatabaseOptions, log: Logger): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'student-score',
    max: poolSize,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs, // the client's own watch: a server behind a dead network answers nothing
    statement_timeout: timeoutMs, // the server's: it stops working for a client that has given up
  });
  // A server that goes away ends idle connections with an event that would end the process if nobody listened.
  pool.on('error', (error) => log.warn('database connection lost', { error: error.message }));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' }); // no excerpts of source in logs
  const close = async () => {
    await prisma.$disconnect();
    await pool.end();
  };
  return { pool, prisma, close };
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

export interface WaitOptions {
  /** At most so long, in ms. */
  readonly waitMs: number;
  /** Gives up: throws its reason. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * Waits until the database answers a query, trying again with doubling delays.
 * @throws {Error} after `waitMs`, or at once if it turns the user away; the message says what to do.
 */
export async function waitForDatabase(pool: pg.Pool, { waitMs, signal, log }: WaitOptions): Promise<void> {
  const where = whereIs(pool);
  const deadline = performance.now() + waitMs;
  let told = '';
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_DELAY_MS)) {
    signal.throwIfAborted();
    try {
      await pool.query('SELECT 1');
      return;
    } catch (cause) {
      const reason = reasonOf(cause);
      if (isAccessDenied(cause))
        throw new Error(`the database at ${where} refuses: ${reason}; see DATABASE_URL`, { cause });
      if (performance.now() + delayMs > deadline) {
        throw new Error(`no database at ${where} after ${waitMs} ms: ${reason}; start it, or set DATABASE_URL`, {
          cause,
        });
      }
      if (reason !== told) log.info(`waiting for the database at ${where}`, { reason });
      told = reason;
      await sleep(delayMs, undefined, { signal });
    }
  }
}

/** Host, port and name of the database; never its password, as this goes into logs. */
function whereIs(pool: pg.Pool): string {
  const { host, port, database } = new pg.Client(pool.options);
  return `${host}:${port}/${database}`;
}

function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.map(reasonOf).join(', '); // one an address
  return error.message;
}
