import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { isAlive } from './is-alive.js';
import { freePort, PortTakenError } from './ports.js';
import { type Postgres, startPostgres } from './postgres.js';

async function query(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function serverPid(url: string): Promise<number> {
  const [row] = await query(url, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid");
  return row?.pid as number;
}

describe('startPostgres', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres({ database: 'a "quoted" name' });
  });
  afterAll(() => postgres?.stop());

  test('answers SQL in the database that was asked for, in UTF-8', async () => {
    const [row] = await query(postgres.url, 'select current_database() as name, $1::text as text', ['张三']);
    expect(row).toEqual({ name: 'a "quoted" name', text: '张三' });
  });

  test('keeps what was committed through kill and start, at the same address', async () => {
    await query(postgres.url, 'create table kept as select 42 as answer');
    const { url } = postgres;
    const pid = await serverPid(url);
    await postgres.kill();
    expect(isAlive(pid)).toBe(false);
    await expect(query(url, 'select')).rejects.toThrow('ECONNREFUSED');
    await postgres.start();
    expect(postgres.url).toBe(url);
    expect(await query(url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('is not started twice', async () => {
    await expect(postgres.start()).rejects.toThrow('runs already');
  });

  test('stop leaves no process behind, with a connection open', async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => {}); // the connection is ended under it: that is the test
    await client.connect();
    const pid = await serverPid(postgres.url);
    await postgres.stop();
    expect([isAlive(pid), isAlive(-pid)]).toEqual([false, false]); // nor any of its process group
  });
});

test('data in a folder that was given is there after stop; a port that is taken is named', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'ringcache-kept-'));
  const server = createServer();
  try {
    const port = await freePort();
    const first = await startPostgres({ dataDir, port });
    await query(first.url, 'create table kept as select 1 as one');
    await first.stop();
    const second = await startPostgres({ dataDir, port });
    expect(new URL(second.url).port).toBe(String(port));
    expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }]);
    await second.stop();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await expect(startPostgres({ dataDir, port })).rejects.toThrow(PortTakenError);
  } finally {
    server.close();
    rmSync(dataDir, { recursive: true });
  }
});
