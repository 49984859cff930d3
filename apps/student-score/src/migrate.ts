// Applies prisma/migrations as `prisma migrate deploy` does, without the engine which that command downloads: the same
// table, columns, checksums and advisory lock, so that either can go on where the other stopped. Two differences: a
// migration and its record are one transaction, so that none is ever half applied (a script that ends the transaction
// itself, or holds a statement that refuses one, such as CREATE INDEX CONCURRENTLY, cannot be used); and a migration that
// was changed after it was applied is refused, where Prisma warns.

import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** Relative to this file, which is one folder below the package's root both as source and as built. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../prisma/migrations', import.meta.url));

/** Prisma's own number: while it migrates we wait, and the other way round. */
const ADVISORY_LOCK = 72707369;
const LOCK_TIMEOUT_MS = 30_000; // another instance may be migrating: waiting for it is right, for ever is not
const CONNECT_TIMEOUT_MS = 10_000;

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

const RECORD = `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
  VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`;

/** A migration that cannot be applied; the message names it. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  readonly migration: string;

  constructor(migration: string, message: string, options?: ErrorOptions) {
    super(`migration ${migration} ${message}`, options);
    this.migration = migration;
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * Applies what is missing, in order of name, each in a transaction of its own. Idempotent; several processes may do it
 * at once. Migrations that the database has and the folder lacks are left alone: a newer version was here.
 * @returns the names of those applied now.
 * @throws {MigrationError} changed after it was applied, unfinished by another tool, or failing (and then rolled back).
 */
export async function migrate(databaseUrl: string, directory: string = MIGRATIONS_DIRECTORY): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {}); // the query under way rejects with it; without a listener it would end the process
  await client.connect();
  try {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]); // ends with the connection
    await client.query(CREATE_TABLE);
    const missing = await missingOf(client, migrations);
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const folders = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const names = folders.map(({ name }) => name).sort();
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(join(directory, name, 'migration.sql'), 'utf8') })),
  );
}

async function missingOf(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const applied = new Map(rows.map((row) => [row.migration_name, row]));
  for (const { name, sql } of migrations) {
    const record = applied.get(name);
    if (record === undefined) continue;
    if (record.finished_at === null) throw new MigrationError(name, 'was begun and not finished: resolve it by hand');
    if (!checksumsOf(sql).includes(record.checksum)) {
      throw new MigrationError(name, 'was changed after it was applied: restore it, and put the change in a new one');
    }
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(client: pg.Client, { name, sql }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(RECORD, [randomUUID(), checksum(sql), name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // a lost connection rolls back by itself; the first error tells more
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError(name, `failed and was rolled back: ${reason}`, { cause: error });
  }
}

/** The checksums that count as unchanged: Git may check a file out with other line ends, and Prisma allows for it too. */
function checksumsOf(sql: string): string[] {
  const unix = sql.replaceAll('\r\n', '\n');
  return [sql, unix, unix.replaceAll('\n', '\r\n')].map(checksum);
}

function checksum(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}
