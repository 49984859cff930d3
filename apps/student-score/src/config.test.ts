import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readConfig } from './config.js';

const DATABASE_URL = 'postgres://user:hidden-word@localhost:5432/ringcache';

test('needs nothing but the database', () => {
  expect(readConfig(undefined, {}, { DATABASE_URL })).toMatchObject({
    listen: 'localhost:50051',
    database: { url: DATABASE_URL, poolSize: 10, timeout: 5_000, wait: 60_000 },
    discovery: { type: 'etcd', cluster: 'dev' },
    seed: true,
    log: { level: 'info', format: 'auto' },
  });
});

test('takes a flag before the environment, and the environment before the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'student-score-'));
  try {
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'listen: localhost:1\nseed: false\ndatabase: { poolSize: 3, timeout: 2s }\n');
    const env = { DATABASE_URL, STUDENT_SCORE_LISTEN: 'localhost:2', DATABASE_POOL_SIZE: '4' };
    expect(readConfig(file, { listen: 'localhost:3' }, env)).toMatchObject({
      listen: 'localhost:3',
      seed: false,
      database: { poolSize: 4, timeout: 2_000 },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ['no database', {}, /database\.url: .*DATABASE_URL/],
  ['a database of another kind', { DATABASE_URL: 'mysql://localhost/x' }, /DATABASE_URL: must be "postgres:/],
  ['a pool that is no number', { DATABASE_URL, DATABASE_POOL_SIZE: 'many' }, /DATABASE_POOL_SIZE: /],
  ['a log level that there is not', { DATABASE_URL, LOG_LEVEL: 'loud' }, /LOG_LEVEL: /],
])('refuses %s by name', (_, env, message) => {
  expect(() => readConfig(undefined, {}, env)).toThrow(message);
});

test('does not tell the password of a bad URL', () => {
  const url = DATABASE_URL.replace('postgres:', 'http:');
  expect(() => readConfig(undefined, {}, { DATABASE_URL: url })).not.toThrow('hidden-word');
});

test('the file for development is right, and names the nodes', () => {
  const file = fileURLToPath(new URL('../config.yaml', import.meta.url));
  const { discovery } = readConfig(file, {}, { DATABASE_URL });
  expect(discovery.members.map(({ grpc }) => grpc)).toEqual(['localhost:9999', 'localhost:10000', 'localhost:10001']);
});
