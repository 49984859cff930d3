// What an operator has of a running daemon.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { LogLevel } from '@ringcache/cache-core';
import { createLogger } from '@ringcache/logger';
import { adminGrpc } from '@ringcache/transport-grpc';
import { adminHttp } from '@ringcache/transport-http';
import { parse } from 'yaml';

import { nodeOperator } from './operator.js';
import { alone, killDaemons, runDaemon } from './testing/run-daemon.js';

jest.setTimeout(60_000);

const WITHIN = { timeoutMs: 120_000 }; // over a test's own limit: what is slow on a busy machine is not late

describe('the log level', () => {
  function logging(level: LogLevel) {
    const stream = new PassThrough();
    const logger = createLogger({ name: 'test', level, format: 'json', stream });
    const operator = nodeOperator({ logger, reload: () => undefined, drain: () => {} });
    const lines = () => {
      const text = String(stream.read() ?? '');
      return text.split('\n').filter((line) => line !== '');
    };
    return { logger, lines, change: operator.logLevel! };
  }

  test.each<[LogLevel, LogLevel]>([
    ['info', 'debug'],
    ['debug', 'info'],
    ['info', 'error'],
    ['error', 'info'],
    ['error', 'debug'],
    ['warn', 'error'],
    ['error', 'warn'],
  ])('from %s to %s is told in the log, whichever of them is silent', (from, to) => {
    const { change, logger, lines } = logging(from);
    expect(change(undefined)).toBe(from);
    expect(lines()).toEqual([]);
    expect(change(to)).toBe(to);
    expect(logger.level).toBe(to);
    expect(lines().map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'log level changed by an operator', from, to },
    ]);
  });

  test('that is in force already changes nothing, and is not told', () => {
    const { change, lines } = logging('info');
    expect(change('info')).toBe('info');
    expect(lines()).toEqual([]);
  });
});

describe('a daemon', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringcache-operator-'));
    await writeFile(join(folder, 'echo.mjs'), 'export default (key) => key;');
  });
  afterAll(() => rm(folder, { recursive: true }));
  afterEach(killDaemons);

  test('reports of itself, shows its configuration without its secrets, and drains as with SIGTERM', async () => {
    const { config, http } = await alone('echo.mjs');
    const token = 'admin-token-of-this-test';
    const access = { peerToken: 'peer-token-of-this-test', tokens: [{ token, role: 'admin' }] };
    const { says, exited, output } = await runDaemon(folder, { ...config, access });
    await says('"msg":"ready"');
    const member = { grpc: '', http: new URL(http).host };
    const admin = adminHttp({ token })(member);
    const stranger = adminHttp()(member);
    try {
      await expect(stranger.drain(WITHIN)).rejects.toMatchObject({ code: 'unauthenticated' });
      const report = await admin.report(WITHIN);
      expect(report).toMatchObject({ state: 'live', version: expect.stringMatching(/^\d+\.\d+\.\d+/), suspects: [] });
      expect(report.process.pid).not.toBe(process.pid);
      expect(report.process.logLevel).toBe('info');
      const text = await admin.config(WITHIN);
      expect(parse(text)).toMatchObject({ groups: { g: {} }, access: { peerToken: '***' } });
      expect(text).not.toContain('-token-of-this-test');
      expect(await admin.logLevel('debug', WITHIN)).toBe('debug');
      await says('"msg":"log level changed by an operator"');
      expect(await admin.reload(WITHIN)).toEqual({ applied: [], refused: [] });
      await admin.drain(WITHIN);
      expect(await exited).toBe(0);
      expect(output.text).toContain('drain asked for by an operator: leaving the ring');
      expect(output.text).toContain('"msg":"stopped"');
      expect(output.text).not.toContain('-token-of-this-test');
    } finally {
      await Promise.all([admin.close(), stranger.close()]);
    }
  });

  test('is asked over gRPC as well', async () => {
    const { config } = await alone('echo.mjs');
    const { says } = await runDaemon(folder, config);
    await says('"msg":"ready"');
    const admin = adminGrpc()({ grpc: (config as { member: { grpc: string } }).member.grpc, http: '' });
    try {
      const { member, groups } = await admin.report(WITHIN);
      expect(groups.map(({ group }) => group)).toEqual(['g']);
      expect((await admin.inspect('g', 'k', WITHIN)).owner).toEqual(member);
    } finally {
      await admin.close();
    }
  });
});
