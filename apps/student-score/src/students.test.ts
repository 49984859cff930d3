import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@ringcache/infra';
import pg from 'pg';
import { SAMPLE_STUDENTS } from './sample-students.js';
import { seed } from './seed.js';
import { refusal, Service } from './testing/service.js';

let postgres: Postgres;
let database: pg.Pool; // of our own, to see what is committed
let service: Service;
let invalidate: (name: string) => Promise<void>;

beforeAll(async () => {
  postgres = await startPostgres();
  service = await Service.start({ url: postgres.url, invalidate: (name) => invalidate(name) });
  database = new pg.Pool({ connectionString: postgres.url });
});
afterAll(async () => {
  await service?.close();
  await database?.end();
  await postgres?.stop();
});
beforeEach(() => {
  invalidate = async () => {};
});

async function committedScore(name: string): Promise<string | undefined> {
  const { rows } = await database.query('SELECT score FROM students WHERE name = $1', [name]);
  return rows[0]?.score;
}

describe('a student', () => {
  test('can be created, read, changed and deleted', async () => {
    expect(await service.create('诸葛亮', 87.55)).toEqual({ name: '诸葛亮', score: 87.55 });
    expect(await service.get('诸葛亮')).toEqual({ name: '诸葛亮', score: 87.55 });
    expect(await service.update('诸葛亮', 150)).toEqual({ name: '诸葛亮', score: 150 });
    expect(await service.get('诸葛亮')).toEqual({ name: '诸葛亮', score: 150 });
    await service.delete('诸葛亮');
    expect(await refusal(service.get('诸葛亮'))).toMatchObject({ status: status.NOT_FOUND });
  });

  test('that exists is not created again, and keeps its score', async () => {
    await service.create('关羽', 90);
    expect(await refusal(service.create('关羽', 10))).toEqual({
      status: status.ALREADY_EXISTS,
      code: 'ERROR_CODE_ALREADY_EXISTS',
      message: 'student already exists: 关羽',
    });
    expect(await service.get('关羽')).toMatchObject({ score: 90 });
  });

  test('is created once by many callers at a time', async () => {
    const calls = Array.from({ length: 20 }, (_, score) => service.create('张飞', score));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  test.each(['get', 'delete', 'update'] as const)('that does not exist is NOT_FOUND for %s', async (method) => {
    const call = method === 'update' ? service.update('无名', 1) : service[method]('无名');
    expect(await refusal(call)).toEqual({
      status: status.NOT_FOUND,
      code: 'ERROR_CODE_NOT_FOUND',
      message: 'no such student: 无名',
    });
  });
});

describe('a bad argument', () => {
  const badNames = ['', ' ', '张三 ', 'x'.repeat(65), 'a\0b'];
  const badScores = [-0.01, 150.01, 87.555, Number.NaN, Number.POSITIVE_INFINITY];
  const refused = (code: string) => ({ status: status.INVALID_ARGUMENT, code });

  test.each(badNames)('name %j is refused by every method', async (name) => {
    const calls = [service.create(name, 1), service.get(name), service.update(name, 1), service.delete(name)];
    for (const call of calls) expect(await refusal(call)).toMatchObject(refused('ERROR_CODE_INVALID_NAME'));
  });

  test.each(badScores)('score %d is refused, and nothing is written', async (score) => {
    expect(await refusal(service.create('新生', score))).toMatchObject(refused('ERROR_CODE_INVALID_SCORE'));
    expect(await refusal(service.update('张三', score))).toMatchObject(refused('ERROR_CODE_INVALID_SCORE'));
    expect([await committedScore('新生'), await committedScore('张三')]).toEqual([undefined, '100.00']);
  });

  test('a request of more than 64 KiB is refused', async () => {
    expect(await refusal(service.get('x'.repeat(64 * 1024)))).toMatchObject({ status: status.RESOURCE_EXHAUSTED });
  });
});

describe('the language', () => {
  test('is the one that the call asks for', async () => {
    expect((await refusal(service.get('无名', 'zh-CN,zh;q=0.9'))).message).toBe('没有这个学生：无名');
    expect((await refusal(service.get('无名', 'en'))).message).toBe('no such student: 无名');
    expect((await refusal(service.create('无名', -1, 'zh'))).message).toMatch(/^分数无效：/);
    expect((await refusal(service.create('无名', -1, 'de'))).message).toMatch(/^invalid score:/);
  });
});

describe('the list', () => {
  async function* pages(pageSize: number): AsyncGenerator<string[]> {
    let token = '';
    do {
      const { students, nextPageToken } = await service.list(pageSize, token);
      yield students.map(({ name }) => name);
      token = nextPageToken;
    } while (token !== '');
  }

  test('gives every student once, whatever the page size', async () => {
    const { rows } = await database.query('SELECT name FROM students ORDER BY id');
    const all = rows.map(({ name }) => name);
    for (const pageSize of [99, 500, 1_000]) {
      const names: string[] = [];
      for await (const page of pages(pageSize)) names.push(...page);
      expect(names).toEqual(all);
    }
  });

  test('misses and repeats nobody while students come and go', async () => {
    const names: string[] = [];
    for await (const page of pages(100)) {
      names.push(...page);
      await service.delete(page[0]!); // what a number of rows to skip would stumble over
      await service.create(`转学生${names.length}`, 60);
    }
    const counted = new Set(names);
    expect(counted.size).toBe(names.length);
    for (const [name] of SAMPLE_STUDENTS) expect(counted).toContain(name);
    await seed(database);
  });

  test('has pages of 100 where no size is asked for', async () => {
    expect((await service.list(0)).students).toHaveLength(100);
  });

  test.each([
    [1_001, ''],
    [10, 'x'],
    [10, '5'],
    [10, Buffer.from('{"id":5}').toString('base64url')],
    [10, 'A'.repeat(60)],
  ])('refuses a page of %d after %j', async (pageSize, token) => {
    expect(await refusal(service.list(pageSize, token))).toMatchObject({
      status: status.INVALID_ARGUMENT,
      code: 'ERROR_CODE_INVALID_PAGE',
    });
  });
});

describe('the origin', () => {
  test('gives a score as decimal text', async () => {
    expect(await service.load('张三')).toBe('100');
    expect(await service.load('李四')).toBe('87.5');
    await service.create('零分', 0);
    expect(await service.load('零分')).toBe('0');
  });

  test.each(['无名', '', ' ', 'x'.repeat(65), 'a\0b'])('has no score for %j', async (name) => {
    expect(await refusal(service.load(name))).toMatchObject({ status: status.NOT_FOUND });
  });

  test('says of an unknown group that the call was wrong, not that the key is missing', async () => {
    expect(await refusal(service.load('张三', 'grades'))).toEqual({
      status: status.FAILED_PRECONDITION,
      code: undefined,
      message: 'unknown group: this origin has only "scores"',
    });
  });
});

describe('the cache', () => {
  test('hears of a change after its commit and before the caller does', async () => {
    const heard: unknown[] = [];
    invalidate = async (name) => {
      heard.push([name, await committedScore(name)]);
    };
    await service.create('曹操', 1);
    expect(heard).toEqual([['曹操', '1.00']]);
    await service.update('曹操', 2);
    await service.delete('曹操');
    expect(heard.slice(1)).toEqual([
      ['曹操', '2.00'],
      ['曹操', undefined],
    ]);
  });

  test('hears nothing of what was refused or only read', async () => {
    const heard: string[] = [];
    invalidate = async (name) => {
      heard.push(name);
    };
    await service.get('张三');
    await service.load('张三');
    await refusal(service.create('张三', 1));
    await refusal(service.update('张三', 151));
    await refusal(service.update('无名', 1));
    await refusal(service.delete('无名'));
    expect(heard).toEqual([]);
  });

  test('that is away does not fail a change, and hears of it later', async () => {
    let tries = 0;
    const told = new Promise<void>((resolve) => {
      invalidate = async () => {
        if (++tries === 1) throw new Error('cache is away');
        resolve();
      };
    });
    expect(await service.create('孙权', 88)).toEqual({ name: '孙权', score: 88 });
    await told;
    expect(tries).toBe(2);
  });
});

describe('the sample students', () => {
  test('are four by name, fifty more and "0" to "999", each once, with scores that are allowed', () => {
    const names = SAMPLE_STUDENTS.map(([name]) => name);
    expect(new Set(names).size).toBe(4 + 50 + 1_000);
    expect(names.slice(0, 4)).toEqual(['张三', '李四', '王五', '赵六']);
    expect(names.slice(4, 54).every((name) => /^\p{Script=Han}{2,4}$/u.test(name))).toBe(true);
    expect(names.slice(54)).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)));
  });

  test('are there after a start, and a second time changes nothing', async () => {
    const rowsOf = async () => (await database.query('SELECT * FROM students ORDER BY id')).rows;
    const before = await rowsOf();
    expect(await seed(database)).toBe(0);
    expect(await rowsOf()).toEqual(before);
    for (const [name, score] of SAMPLE_STUDENTS.slice(0, 60)) expect(Number(await committedScore(name))).toBe(score);
  });

  test('keep a score that was changed, and use up no ids', async () => {
    await service.update('王五', 1.5);
    const lastId = async () => (await database.query('SELECT last_value FROM students_id_seq')).rows[0].last_value;
    const before = await lastId();
    await seed(database);
    expect(await committedScore('王五')).toBe('1.50');
    expect(await lastId()).toBe(before);
  });
});
