import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError } from './config-error.js';
import { discoverySchema } from './discovery-schema.js';
import { loadConfig } from './load-config.js';
import { memberSchema } from './member-schema.js';

const schema = z.strictObject({ discovery: discoverySchema });
const discovery = (value: unknown) => loadConfig(schema, { flags: { discovery: value } }).discovery;

test("left out, discovery is the development cluster's etcd", () => {
  expect(loadConfig(schema, {}).discovery).toEqual({
    type: 'etcd',
    cluster: 'dev',
    hosts: ['http://127.0.0.1:2379', 'http://127.0.0.1:22379', 'http://127.0.0.1:32379'],
    ttl: 10_000,
    members: [],
  });
});

test('a member needs its id and one address; the rest is filled in', () => {
  expect(memberSchema.parse({ id: 'a:1', grpc: 'a:1' })).toEqual({ id: 'a:1', grpc: 'a:1', http: '', weight: 1 });
  expect(memberSchema.parse({ id: 'http://a', http: 'a:1', grpc: '' })).toMatchObject({ http: 'a:1' });
});

describe('refused is', () => {
  const member = { id: 'a', grpc: 'a:1' };

  test.each<[string, unknown, string]>([
    ['a member with no address', { members: [{ id: 'a' }] }, 'must have a grpc or an http address'],
    ['a member with no id', { members: [{ grpc: 'a:1' }] }, 'is required'],
    ['a weight of 0', { members: [{ ...member, weight: 0 }] }, 'must be more than 0, got 0'],
    [
      'a bad address, by what is wrong with it',
      { members: [{ id: 'a', grpc: 'a' }] },
      'must end with a port: "host:8080", got "a"',
    ],
    [
      'an id with a space',
      { members: [{ ...member, id: 'a b' }] },
      'must be 1 to 256 visible ASCII characters, got "a b"',
    ],
    ['an id given twice', { members: [member, member] }, 'must be unique, got "a"'],
    ['a user with no password', { user: 'me' }, 'is required: user and password go together'],
    ['a password with no user', { password: 'x' }, 'is required: user and password go together'],
    [
      'a certificate with no key',
      { hosts: ['https://a:1'], tls: { cert: 'a.pem' } },
      'is required: cert and key go together',
    ],
    [
      'TLS to a host that is asked without',
      { hosts: ['https://a:1', 'http://b:1'], tls: {} },
      'must begin with https:// where there is tls, got "http://b:1"',
    ],
    ['a cluster name with a slash', { cluster: 'a/b' }, 'must be 1 to 64 of a-z, 0-9 and -, got "a/b"'],
    ['a lease too short to hold', { ttl: '500ms' }, 'must be at least 2 s, got "500ms"'],
    ['an empty list of hosts', { hosts: [] }, 'must have at least 1 item'],
    ['a misspelt key', { clutser: 'x' }, 'unknown key; did you mean cluster?'],
  ])('%s', (_, value, message) => {
    let problems: readonly string[] = [];
    try {
      discovery(value);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems = error.problems;
    }
    expect(problems).toHaveLength(1);
    expect(problems[0]!.endsWith(`: ${message}`)).toBe(true);
  });
});
