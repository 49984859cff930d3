import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@ringcache/infra';
import pg from 'pg';
import { MIGRATIONS_DIRECTORY, migrate } from './migrate.js';

const FIRST = '20261101000000_create_students';

let postgres: Postgres;
let url: string; // of a fresh database for each test
let directory: string; // with a copy of the migrations
let databases = 0;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

beforeEach(async () => {
  const name = `migrations_${++databases}`;
  await query(`CREATE DATABASE ${name}`, postgres.url);
  const fresh = new URL(postgres.url);
  fresh.pathname = name;
  url = fresh.href;
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

async function query(sql: string, of: string = url): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: of });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name));
  await writeFile(join(directory, name, 'migration.sql'), sql);
}

const fileOf = (name: string) => join(directory, name, 'migration.sql');

describe('migrate', () => {
  test('brings an empty database up to date, and records it as Prisma does', async () => {
    expect(await migrate(url)).toEqual([FIRST]);
    await query(`INSERT INTO students (name, score) VALUES ('张三', 100)`);
    const [row] = await query('SELECT * FROM _prisma_migrations');
    const sql = await readFile(fileOf(FIRST));
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      checksum: createHash('sha256').update(sql).digest('hex'),
      started_at: expect.any(Date),
      finished_at: expect.any(Date),
      migration_name: FIRST,
      logs: null,
      rolled_back_at: null,
      applied_steps_count: 1,
    });
  });

  test('has the columns of Prisma', async () => {
    await migrate(url);
    const columns = await query(
      `SELECT column_name AS name, data_type AS type, character_maximum_length AS size, is_nullable AS nullable
         FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
    );
    expect(columns.map(({ name, type, size, nullable }) => `${name} ${type} ${size} ${nullable}`)).toEqual([
      'id character varying 36 NO',
      'checksum character varying 64 NO',
      'finished_at timestamp with time zone null YES',
      'migration_name character varying 255 NO',
      'logs text null YES',
      'rolled_back_at timestamp with time zone null YES',
      'started_at timestamp with time zone null NO',
      'applied_steps_count integer null NO',
    ]);
  });

  test('does nothing the second time', async () => {
    await migrate(url);
    const before = await query('SELECT * FROM _prisma_migrations');
    expect(await migrate(url)).toEqual([]);
    expect(await query('SELECT * FROM _prisma_migrations')).toEqual(before);
  });

  test('applies each migration once when several processes begin at once', async () => {
    await addMigration('20270101000000_slow', 'SELECT pg_sleep(0.1); CREATE TABLE slow ();');
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(url, directory)));
    expect(applied.flat().sort()).toEqual([FIRST, '20270101000000_slow']);
  });

  test('applies only what is new, in order of name', async () => {
    await migrate(url);
    await addMigration('20270102000000_second', 'ALTER TABLE more ADD COLUMN second INT');
    await addMigration('20270101000000_first', 'CREATE TABLE more ()');
    expect(await migrate(url, directory)).toEqual(['20270101000000_first', '20270102000000_second']);
  });

  test('refuses a migration that was changed after it was applied, by name', async () => {
    await migrate(url, directory);
    await writeFile(fileOf(FIRST), '-- another\n');
    await addMigration('20270101000000_next', 'CREATE TABLE next ()');
    await expect(migrate(url, directory)).rejects.toMatchObject({ migration: FIRST, name: 'MigrationError' });
    await expect(migrate(url, directory)).rejects.toThrow(`migration ${FIRST} was changed after it was applied`);
    expect(await query(`SELECT to_regclass('next') AS next`)).toEqual([{ next: null }]);
  });

  test('does not take other line ends for a change', async () => {
    await migrate(url, directory);
    const sql = await readFile(fileOf(FIRST), 'utf8');
    await writeFile(fileOf(FIRST), sql.replaceAll('\n', '\r\n'));
    expect(await migrate(url, directory)).toEqual([]);
  });

  test('leaves nothing of a migration that fails, and applies it when it is mended', async () => {
    await addMigration('20270101000000_broken', 'CREATE TABLE half (); CREATE TABLE students ();');
    await expect(migrate(url, directory)).rejects.toThrow(/migration 20270101000000_broken failed.*already exists/);
    expect(await query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
    expect(await query('SELECT migration_name FROM _prisma_migrations')).toEqual([{ migration_name: FIRST }]);
    await writeFile(fileOf('20270101000000_broken'), 'CREATE TABLE half ()');
    expect(await migrate(url, directory)).toEqual(['20270101000000_broken']);
  });

  test('refuses a migration that another tool began and did not finish, until it is marked as rolled back', async () => {
    await migrate(url);
    await query('UPDATE _prisma_migrations SET finished_at = NULL');
    await expect(migrate(url)).rejects.toThrow(`migration ${FIRST} was begun and not finished`);
    await query('UPDATE _prisma_migrations SET rolled_back_at = now(); DROP TABLE students');
    expect(await migrate(url)).toEqual([FIRST]);
  });

  test('leaves alone what a newer version has applied', async () => {
    await addMigration('20270101000000_newer', 'CREATE TABLE newer ()');
    await migrate(url, directory);
    expect(await migrate(url)).toEqual([]);
  });

  test('the database refuses a score out of range, whoever writes it', async () => {
    await migrate(url);
    for (const score of ['150.01', '-0.01', "'NaN'"]) {
      await expect(query(`INSERT INTO students (name, score) VALUES ('x', ${score})`)).rejects.toThrow('score_range');
    }
  });
});
