import { systemClock, type Tracing } from '@ringcache/cache-core';
import type { Logger } from '@ringcache/logger';
import type { StudentScoreConfig } from './config.js';
import { openDatabase, waitForDatabase } from './database.js';
import { type Invalidate, Invalidation } from './invalidation.js';
import { migrate } from './migrate.js';
import { seed } from './seed.js';
import { serve } from './server.js';
import { Students } from './students.js';

export interface AppOptions {
  readonly config: Pick<StudentScoreConfig, 'listen' | 'database' | 'seed'>;
  readonly log: Logger;
  readonly invalidate: Invalidate;
  /** Records calls and queries. Default: nobody does. */
  readonly tracing?: Tracing | undefined;
  /** Gives up starting; has no effect afterwards. */
  readonly signal: AbortSignal;
}

export interface App {
  readonly port: number;
  /** Drains calls, then closes the database; at most about `drainMs` and one query's timeout. */
  close(drainMs: number): Promise<void>;
}

/** Waits for the database, brings it up to date, and serves. What it opened is closed again if it fails. */
export async function startApp({ config, log, invalidate, tracing, signal }: AppOptions): Promise<App> {
  const { url, poolSize, timeout: timeoutMs, wait: waitMs } = config.database;
  const database = openDatabase({ url, poolSize, timeoutMs }, log);
  const invalidation = new Invalidation({
    invalidate,
    clock: systemClock,
    onProblem: (problem, name, cause) => {
      const text =
        problem === 'retrying' ? 'cache not told of a change, will try again' : 'cache never told of a change';
      log.warn(text, { key: name, reason: cause instanceof Error ? cause.message : String(cause) });
    },
  });
  try {
    await waitForDatabase(database.pool, { waitMs, signal, log });
    for (const name of await migrate(url)) log.info('migration applied', { migration: name });
    if (config.seed) log.info('sample students added', { count: await seed(database.pool) });
    signal.throwIfAborted();
    const students = new Students(database.prisma, (name) => invalidation.changed(name), tracing);
    const server = await serve(config.listen, students, { log, tracing });
    const close = async (drainMs: number) => {
      await server.close(drainMs);
      invalidation.close();
      await database.close();
    };
    return { port: server.port, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}
