// Real groups, a real door, a real log and real files; what reads the configuration is what the daemon reads it with.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createDoor, type OpenDoor } from '@ringcache/access';
import type { Caller, Group, MemoryBudget } from '@ringcache/cache-core';
import { testTls } from '@ringcache/cache-core/testing/certificates';
import { createLogger, type Logger } from '@ringcache/logger';
import { bytes, type GroupSpec, join as joinRing, type Node, type TlsFiles, tlsFiles } from 'ringcache';

import { nodeConfig, readSettings } from './config.js';
import { doorRulesOf } from './door-rules.js';
import { createOrigin } from './origins/create-origin.js';
import type { BoundedOrigin } from './origins/origin.js';
import { Reload } from './reload.js';
import { RELOADABLE } from './reloadable.js';

const PEER = 'peer-0123456789abcdef';
const TOKEN = 'token-0123456789abcdef';
const MIB = 2 ** 20;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
let file: string;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ringcache-reload-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  file = join(folder, 'node.json');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Running {
  readonly reload: Reload;
  readonly door: OpenDoor;
  readonly logger: Logger;
  readonly log: string[];
  readonly group: Group;
  readonly budget: MemoryBudget | undefined;
  /** Writes another file, and reloads. */
  change(config: object): ReturnType<Reload['run']>;
}

const write = (config: object) => writeFile(file, JSON.stringify(config));

async function running(given: object, tls?: TlsFiles): Promise<Running> {
  await write(given);
  const read = () => readSettings(file, {}, {});
  const settings = read();
  const config = nodeConfig(settings);
  const log: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      log.push(String(chunk));
      done();
    },
  });
  const logger = createLogger({ ...config.log, name: 'node', format: 'json', stream });
  const door = createDoor(doorRulesOf(config));
  const origins = new Map<string, BoundedOrigin>();
  for (const [group, { origin }] of Object.entries(config.groups)) {
    const made = await createOrigin(origin, { group, maxValueBytes: config.maxValueBytes, configFile: file });
    if (made !== undefined) origins.set(group, made);
  }
  const specs = Object.entries(config.groups).map(([name, { maxBytes, minBytes, hotTtl, ttl, staleIfError }]) => [
    name,
    {
      codec: bytes,
      load: loadOf(origins.get(name)),
      maxBytes,
      minBytes,
      hotTtlMs: hotTtl,
      ttlMs: ttl,
      staleIfErrorMs: staleIfError,
    },
  ]);
  const node: Node<unknown> = await joinRing({
    id: 'alone',
    groups: Object.fromEntries(specs),
    budgetBytes: config.budgetBytes,
  });
  cleanups.push(
    () => node.leave(),
    () => door.close(),
  );
  const { groups } = node.core;
  const { budget } = node;
  const source = { settings, read, configOf: nodeConfig };
  const reload = new Reload(source, { logger, door, groups, origins, budget, tls });
  const change = async (next: object) => {
    await write(next);
    return reload.run();
  };
  return { reload, door, logger, log, group: groups.get('g')!, budget, change };
}

const loadOf = (origin: BoundedOrigin | undefined) => origin?.load as GroupSpec<Uint8Array>['load'];

const NONE = { origin: { type: 'none' } };
const HTTP = { type: 'http', url: 'http://localhost:1/{key}' };
const caller = (token?: string): Caller => ({ address: '10.0.0.1', token, certificate: undefined });

describe('a configuration that is read again', () => {
  test('changes nothing where nothing has changed', async () => {
    const { reload, log } = await running({ groups: { g: NONE } });
    expect(await reload.run()).toEqual({ applied: [], refused: [] });
    expect(log.at(-1)).toContain('nothing to apply');
  });

  test('puts limits, rates, tokens and the log level in force, and names them', async () => {
    const { change, group, door, logger, log, reload } = await running({ groups: { g: NONE } });
    expect(
      await change({
        log: { level: 'debug' },
        access: { peerNames: ['member'], tokens: [{ token: TOKEN, role: 'read' }], maxInFlight: 5 },
        groups: { g: { ...NONE, maxBytes: '2MiB', ttl: '1m', rate: { perSecond: 3 } } },
      }),
    ).toEqual({
      applied: [
        'access.maxInFlight',
        'access.peerNames',
        'access.tokens',
        'groups.g.maxBytes',
        'groups.g.rate',
        'groups.g.ttl',
        'log.level',
      ],
      refused: [],
    });
    expect(group.maxBytes).toBe(2 * MIB);
    expect(logger.level).toBe('debug');
    expect(() => door.admit(caller(), 'read', 'g', 1)).toThrow('a bearer token is needed');
    door.admit(caller(TOKEN), 'read', 'g', 3);
    expect(() => door.admit(caller(TOKEN), 'read', 'g', 1)).toThrow('too many requests');
    expect(() => door.admit(caller(TOKEN), 'read', 'g', 3)).toThrow('in work already');
    expect(log.at(-1)).toContain('groups.g.maxBytes');
    expect(log.join()).not.toContain(TOKEN);
    expect(reload.config).toMatchObject({ log: { level: 'debug' }, groups: { g: { ttl: 60_000, maxBytes: 2 * MIB } } });
  });

  test('leaves what needs a restart as it was, and names it', async () => {
    const { change, group, reload, log } = await running({ groups: { g: NONE, old: NONE } });
    const reloaded = await change({
      member: { grpc: 'localhost:1' },
      groups: { g: { ...NONE, policy: 'lru', maxBytes: '3MiB' }, new: NONE },
    });
    expect(reloaded.applied).toEqual(['groups.g.maxBytes']);
    expect(reloaded.refused).toEqual(['groups.g.policy', 'groups.new', 'groups.old', 'member.grpc']);
    expect(group.maxBytes).toBe(3 * MIB);
    expect(Object.keys(reload.config.groups)).toEqual(['g', 'old']);
    expect(reload.config.member.grpc).toBe('localhost:9999');
    expect(log.join()).toContain('these need a restart');
    expect((await reload.run()).refused).toEqual(reloaded.refused); // until it is restarted, each time
  });

  test('with a mistake changes nothing, and every mistake is told', async () => {
    const { change, group, log, logger } = await running({ groups: { g: NONE } });
    const bad = change({ log: { level: 'debug' }, maxBites: 1, groups: { g: { ...NONE, ttl: 'soon' } } });
    const error: unknown = await bad.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('maxBites') });
    expect(error).toMatchObject({ message: expect.stringContaining('groups.g.ttl') });
    expect([logger.level, group.maxBytes]).toEqual(['info', 64 * MIB]);
    expect(log.at(-1)).toMatch(/stays as it was.*maxBites/);
  });

  test('that is no longer there changes nothing', async () => {
    const { reload } = await running({ groups: { g: NONE } });
    await rm(file);
    await expect(reload.run()).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('is refused as a whole where it is good only with what needs a restart', async () => {
    const { change, reload, door } = await running({ groups: { g: NONE } });
    const tokens = [{ token: TOKEN, role: 'read' }];
    await expect(change({ access: { peerToken: PEER, tokens }, groups: { g: NONE } })).rejects.toThrow(
      /only change with a restart: access.peerToken/,
    );
    expect(reload.config.access.tokens).toEqual([]);
    door.admit(caller(), 'read', 'g', 1);
  });

  test('with a token that is there twice changes nothing', async () => {
    const { change, logger } = await running({ groups: { g: NONE } });
    const tokens = [1, 2].map(() => ({ token: TOKEN, role: 'read' }));
    await expect(change({ log: { level: 'debug' }, access: { peerNames: ['m'], tokens }, groups: {} })).rejects.toThrow(
      'there twice',
    );
    expect(logger.level).toBe('info');
  });

  test('moves a budget, from which no group takes more than there is', async () => {
    const config = (budgetBytes: string, g: object = {}) => ({
      budgetBytes,
      groups: { g: { ...NONE, ...g }, h: NONE },
    });
    const { change, group, budget } = await running(config('8MiB'));
    expect(await change(config('4MiB', { minBytes: '1MiB' }))).toEqual({
      applied: ['budgetBytes', 'groups.g.minBytes'],
      refused: [],
    });
    expect([budget!.budgetBytes, group.maxBytes]).toEqual([4 * MIB, 2 * MIB]);
    // Where a group begins says nothing of where it is now.
    expect((await change(config('4MiB', { minBytes: '1MiB', maxBytes: '3MiB' }))).refused).toEqual([
      'groups.g.maxBytes',
    ]);
    expect((await change({ groups: { g: NONE, h: NONE } })).refused).toContain('budgetBytes');
  });

  test('has an origin asked more often, or less, and not another one', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.writeHead(503).end();
    });
    await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
    cleanups.push(() => server.close());
    const url = `http://localhost:${(server.address() as AddressInfo).port}/{key}`;
    const config = (origin: object) => ({ groups: { g: { origin: { type: 'http', url, ...origin } } } });
    const { change, group } = await running(config({ attempts: 1 }));
    await expect(group.get('k')).rejects.toMatchObject({ code: 'unavailable' });
    expect(asked).toBe(1);
    const { applied, refused } = await change(config({ attempts: 3, url: 'http://localhost:1/{key}' }));
    expect([applied, refused]).toEqual([['groups.g.origin.attempts'], ['groups.g.origin.url']]);
    await expect(group.get('k')).rejects.toMatchObject({ code: 'unavailable' });
    expect(asked).toBe(4);
    expect((await change({ groups: { g: NONE } })).refused).toEqual(['groups.g.origin']);
  });

  test('takes new certificates at once, and nothing else where they are bad', async () => {
    const cert = `${file}.cert.pem`;
    const key = `${file}.key.pem`;
    const put = (of: string, its: string) => Promise.all([writeFile(cert, of), writeFile(key, its)]);
    const [member, renewed] = [testTls('member'), testTls('renewed')];
    await put(member.cert, member.key);
    const tls = await tlsFiles({ cert, key }, { intervalMs: 3_600_000 });
    cleanups.push(() => tls.close());
    const { change, reload, logger } = await running({ groups: { g: NONE } }, tls);
    await put(renewed.cert, renewed.key);
    expect((await reload.run({ dryRun: true })).applied).toEqual([]);
    expect((await reload.run()).applied).toEqual(['tls']);
    expect(tls.current().cert).toBe(renewed.cert);
    await put(renewed.cert, member.key);
    await expect(change({ log: { level: 'debug' }, groups: { g: NONE } })).rejects.toThrow(/the key is not the one/);
    expect([logger.level, tls.current().key]).toEqual(['info', renewed.key]);
  });

  test('asked for twice at a time is read one time after the other', async () => {
    const { change, reload } = await running({ groups: { g: NONE } });
    const first = await Promise.all([change({ log: { level: 'warn' }, groups: { g: NONE } }), reload.run()]);
    expect(first.flatMap(({ applied }) => applied)).toEqual(['log.level']);
  });
});

const OTHER: Record<string, unknown> = {
  'log.level': 'warn',
  'access.tokens': [{ token: TOKEN, role: 'admin' }],
  'access.peerNames': ['a', 'b'],
  'access.perClient': { perSecond: 1 },
  'access.perGroup': { perSecond: 1, burst: 2 },
  'access.maxInFlight': 7,
  'access.shedAbove': '7ms',
  budgetBytes: '16MiB',
  budgetInterval: '7s',
  'groups.<name>.origin.attempts': 7,
  'groups.<name>.origin.concurrency': 7,
  'groups.<name>.origin.queue': 7,
  'groups.<name>.origin.rate': 7,
  'groups.<name>.origin.burst': 7,
  'groups.<name>.rate': { perSecond: 5 },
  'groups.<name>.maxBytes': '2MiB',
  'groups.<name>.minBytes': '1MiB',
  'groups.<name>.maxEntries': 7,
  'groups.<name>.ttlJitter': 0.5,
  'groups.<name>.hotAfterFetches': 7,
};

test.each(RELOADABLE)('%s can change in a running node', async (path) => {
  const isBudget = path.startsWith('budget') || path.endsWith('.minBytes');
  const base = {
    access: { peerNames: ['a'] },
    groups: { g: { origin: HTTP } },
    ...(isBudget && { budgetBytes: '8MiB' }),
  };
  const { change, reload } = await running(base);
  const parts = path.replace('<name>', 'g').split('.');
  const { applied, refused } = await change(withValue(base, parts, OTHER[path] ?? '7s')); // all others are durations
  expect(refused).toEqual([]);
  expect(applied.join()).toContain(parts.join('.'));
  expect(await reload.run()).toEqual({ applied: [], refused: [] }); // what is in force is what was read
});

function withValue(map: object, [name, ...rest]: readonly string[], value: unknown): object {
  const inner = (map as Record<string, object | undefined>)[name!] ?? {};
  return { ...map, [name!]: rest.length === 0 ? value : withValue(inner, rest, value) };
}

describe('a dry run', () => {
  test('says what would change and what would not, and changes nothing', async () => {
    const { reload, logger, log, group } = await running({ groups: { g: { ...NONE, maxBytes: '1MiB' } } });
    const next = { log: { level: 'debug' }, peerTransport: 'http', groups: { g: { ...NONE, maxBytes: '2MiB' } } };
    await write(next);
    const planned = await reload.run({ dryRun: true });
    expect(planned).toEqual({ applied: ['groups.g.maxBytes', 'log.level'], refused: ['peerTransport'] });
    expect([logger.level, group.maxBytes]).toEqual(['info', MIB]);
    expect(log).toEqual([]);
    expect(await reload.run()).toEqual(planned); // it was not taken for done
    expect([logger.level, group.maxBytes]).toEqual(['debug', 2 * MIB]);
  });

  test('names the mistakes of a file, and logs none', async () => {
    const { reload, log } = await running({ groups: { g: NONE } });
    await write({ groups: { g: { ...NONE, ttl: 'soon' } } });
    await expect(reload.run({ dryRun: true })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('groups.g.ttl'),
    });
    expect(log).toEqual([]);
  });
});
