// `pnpm --filter infra postgres`: PostgreSQL on port 54329, until Ctrl-C; it is the PostgreSQL task of `pnpm dev` too.
import { join } from 'node:path';
import { DEV_POSTGRES_PORT } from './dev-layout.js';
import { partsEnded } from './dev-parts.js';
import { clearDevState, DATA_DIR, writeDevState } from './dev-state.js';
import { startPostgres } from './postgres.js';
import { print, runMain } from './run-main.js';
import { untilStopped } from './until-stopped.js';

runMain(async () => {
  const stopped = untilStopped();
  if (process.env.DATABASE_URL) {
    print('DATABASE_URL is set, so no PostgreSQL is started here');
    await writeDevState('postgres', { url: process.env.DATABASE_URL });
    await stopped;
  } else {
    await clearDevState('postgres');
    const postgres = await startPostgres({
      dataDir: join(DATA_DIR, 'postgres'),
      port: DEV_POSTGRES_PORT,
      log: printNotice,
    });
    print(`PostgreSQL is up: DATABASE_URL=${postgres.url}`);
    await writeDevState('postgres', { url: postgres.url });
    await Promise.race([stopped, postgres.exited.then(() => Promise.reject(new Error('PostgreSQL has ended')))]);
    await partsEnded();
    await postgres.stop();
  }
  await clearDevState('postgres');
});

/** Its log without the notes on its own life (checkpoints, start and stop), which nobody needs in development. */
function printNotice(line: string): void {
  if (line.endsWith('the database system is starting up')) return; // said to our own questions
  if (/ (WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT): /.test(line)) print(line);
}
