import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@ringcache/infra';
import pg from 'pg';
import { outageOf } from './outage.js';
import { refusal, Service } from './testing/service.js';

const UNAVAILABLE = { status: status.UNAVAILABLE, code: 'ERROR_CODE_DATABASE' };

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

describe('while the database is away', () => {
  let service: Service;
  let invalidated: string[];

  beforeEach(async () => {
    invalidated = [];
    const invalidate = async (name: string) => void invalidated.push(name);
    service = await Service.start({ url: postgres.url, invalidate });
  });
  afterEach(() => service?.close());

  test('every call answers UNAVAILABLE, and works again by itself once it is back', async () => {
    await service.get('张三');
    await postgres.kill();
    try {
      const { create, get, update, delete: remove, list, load } = service;
      const calls = [create('甲', 1), get('张三'), update('张三', 1), remove('张三'), list(10), load('张三')];
      for (const call of calls) expect(await refusal(call)).toMatchObject(UNAVAILABLE);
      expect((await refusal(service.get('张三', 'zh'))).message).toBe('数据库不可用');
    } finally {
      await postgres.start();
    }
    invalidated.length = 0;
    expect(await service.get('张三')).toEqual({ name: '张三', score: 100 });
    await service.update('张三', 99);
    expect(invalidated).toEqual(['张三']);
    await service.update('张三', 100);
  });

  test('a bad argument is still told from it', async () => {
    await postgres.kill();
    try {
      expect(await refusal(service.get(''))).toMatchObject({ code: 'ERROR_CODE_INVALID_NAME' });
    } finally {
      await postgres.start();
    }
  });

  test('a change that was never sent leaves the cache what it has', async () => {
    await postgres.kill();
    try {
      await refusal(service.get('张三')); // the connections of before are found broken
      await refusal(service.update('张三', 1));
    } finally {
      await postgres.start();
    }
    expect(invalidated).toEqual([]);
  });

  test('a change whose answer got lost is told to the cache, as it may be committed', async () => {
    const blocker = new pg.Client({ connectionString: postgres.url });
    blocker.on('error', () => {}); // it is killed with the server
    await blocker.connect();
    await blocker.query(`BEGIN; UPDATE students SET score = 1 WHERE name = '李四'`);
    const change = refusal(service.update('李四', 2));
    await waits(blocker);
    await postgres.kill();
    await postgres.start();
    expect(await change).toMatchObject(UNAVAILABLE);
    expect(invalidated).toEqual(['李四']);
    expect(await service.load('李四')).toBe('87.5');
  });

  test('a query that takes too long is given up', async () => {
    const impatient = await Service.start({ url: postgres.url, timeoutMs: 300 });
    const blocker = new pg.Client({ connectionString: postgres.url });
    try {
      await blocker.connect();
      await blocker.query('BEGIN; LOCK students');
      expect(await refusal(impatient.get('张三'))).toMatchObject(UNAVAILABLE);
    } finally {
      await blocker.end();
      await impatient.close();
    }
  });
});

/** Until another session waits for a lock that `blocker` holds. */
async function waits(blocker: pg.Client): Promise<void> {
  const waiting = 'SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))';
  while ((await blocker.query(waiting)).rowCount === 0);
}

describe('at the start', () => {
  test('it waits for a database that comes later', async () => {
    await postgres.kill();
    const starting = Service.start({ url: postgres.url, waitMs: 20_000 });
    await postgres.start();
    const service = await starting;
    expect(await service.load('张三')).toBe('100');
    await service.close();
  });

  test('it ends with where the database should be and what to do, but not the password', async () => {
    const url = new URL(postgres.url);
    url.password = 'hidden-word';
    url.port = '1';
    const start = Service.start({ url: url.href, waitMs: 300 });
    await expect(start).rejects.toThrow(
      /^no database at 127\.0\.0\.1:1\/ringcache after 300 ms: .*ECONNREFUSED.*DATABASE_URL$/,
    );
    await expect(start).rejects.not.toThrow('hidden-word');
  });

  test('it does not wait where it is turned away', async () => {
    const url = new URL(postgres.url);
    url.password = 'wrong';
    const waitMs = 3_600_000; // over the test's own limit
    await expect(Service.start({ url: url.href, waitMs })).rejects.toThrow(/refuses: password authentication/);
  });

  test('it can be told to give up', async () => {
    const stop = new AbortController();
    const start = Service.start({ url: 'postgres://127.0.0.1:1/x', waitMs: 20_000, signal: stop.signal });
    stop.abort();
    await expect(start).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('outageOf', () => {
  const withCode = (code: string, more = {}) => Object.assign(new Error(code), { code, ...more });
  const ofServer = (code: string) => withCode(code, { severity: 'FATAL' });

  test.each([
    ['a refused connection', withCode('ECONNREFUSED'), 'refused'],
    ['a host with several addresses, all refused', new AggregateError([withCode('ECONNREFUSED')]), 'refused'],
    ['a server that starts', ofServer('57P03'), 'refused'],
    ['a server that is full', ofServer('53300'), 'refused'],
    ['a reset connection', withCode('ECONNRESET'), 'lost'],
    ['a server that shuts down', ofServer('57P01'), 'lost'],
    ['a text without a code', new Error('Connection terminated unexpectedly'), 'lost'],
    ['a constraint', ofServer('23514'), undefined],
    ['a missing table', ofServer('42P01'), undefined],
    ['a mistake in this program', new TypeError('x is not a function'), undefined],
  ])('takes %s for what it is', (_, error, outage) => {
    expect(outageOf(error)).toBe(outage);
  });
});
