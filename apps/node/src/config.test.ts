import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '@ringcache/config';

import { printable, readConfig } from './config.js';

function problemsOf(flags: Record<string, unknown>, env: NodeJS.ProcessEnv = {}): string {
  try {
    readConfig(undefined, flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('the configuration', () => {
  test('has a default for everything, listens on loopback, and finds the development etcd', () => {
    const config = readConfig(undefined, {}, {});
    expect(config.member).toEqual({ grpc: 'localhost:9999', http: 'localhost:8081', weight: 1 });
    expect(config.discovery).toMatchObject({ type: 'etcd', cluster: 'dev', ttl: 10_000 });
    expect(config).toMatchObject({ groups: {}, peerTransport: 'grpc', maxValueBytes: 4 * 1024 * 1024 });
  });

  test('takes flags before the environment', () => {
    const env = { RINGCACHE_GRPC: 'localhost:1', RINGCACHE_HTTP: 'localhost:2', ETCD_HOSTS: 'a:1,b:2' };
    const config = readConfig(undefined, { 'member.grpc': 'localhost:3' }, env);
    expect(config.member).toMatchObject({ grpc: 'localhost:3', http: 'localhost:2' });
    expect(config.discovery.hosts).toEqual(['a:1', 'b:2']);
  });

  test('fills in what a group leaves out', () => {
    const origin = { type: 'grpc', target: 'localhost:50051' };
    const { scores } = readConfig(undefined, { groups: { scores: { origin, ttl: '10m' } } }, {}).groups;
    expect(scores).toMatchObject({ ttl: 600_000, hotTtl: 10_000, maxBytes: 64 * 1024 * 1024, policy: 'lru' });
    expect(scores!.origin).toMatchObject({ timeout: 2_000, attempts: 3, concurrency: 64, queue: 1_000, rate: 0 });
  });

  test.each([
    [
      'an unknown key',
      { groups: { g: { origin: { type: 'none' }, tll: '1s' } } },
      /g\.tll: unknown key; did you mean ttl/,
    ],
    ['an unknown origin', { groups: { g: { origin: { type: 'ftp' } } } }, /g\.origin\.type: must be one of/],
    ['a URL with no key in it', { groups: { g: { origin: { type: 'http', url: 'http://x/' } } } }, /\{key\}/],
    [
      'a limit out of range',
      { groups: { g: { origin: { type: 'none' }, maxBytes: 1 } } },
      /g\.maxBytes: must be at least 1 MiB/,
    ],
    ['a bad address', { 'member.grpc': 'localhost' }, /grpc.*port/],
    ['an unknown dialect', { 'ring.dialect': 'maglev' }, /dialect/],
  ])('refuses %s by name', (_, flags, message) => {
    expect(problemsOf(flags)).toMatch(message);
  });

  test('refuses a bad variable by its name', () => {
    expect(problemsOf({}, { RINGCACHE_HTTP: 'nowhere' })).toMatch(/RINGCACHE_HTTP/);
  });

  test('is printed without its secrets', () => {
    const origin = {
      type: 'http',
      url: 'http://user:hunter2@localhost/{key}',
      headers: { authorization: 'Bearer hunter2', accept: 'text/plain' },
    };
    const flags = { 'discovery.user': 'root', 'discovery.password': 'hunter2', groups: { g: { origin } } };
    const text = JSON.stringify(printable(readConfig(undefined, flags, {})));
    expect(text).not.toContain('hunter2');
    expect(text).toContain('"root"');
  });
});
