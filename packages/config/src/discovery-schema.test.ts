import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError } from './config-error.js';
import { discoverySchema, memberDiscoverySchema } from './discovery-schema.js';
import { loadConfig } from './load-config.js';
import { memberSchema } from './member-schema.js';

const schema = z.strictObject({ discovery: discoverySchema });
const discovery = (value: unknown) => loadConfig(schema, { flags: { discovery: value } }).discovery;

test("left out, discovery is the development cluster's etcd", () => {
  expect(loadConfig(schema, {}).discovery).toEqual({
    type: 'etcd',
    cluster: 'dev',
    hosts: ['http://127.0.0.1:2379', 'http://127.0.0.1:22379', 'http://127.0.0.1:32379'],
    members: [],
  });
});

test('a member needs its id and one address; the rest is filled in', () => {
  expect(memberSchema.parse({ id: 'a:1', grpc: 'a:1' })).toEqual({ id: 'a:1', grpc: 'a:1', http: '', weight: 1 });
  expect(memberSchema.parse({ id: 'http://a', http: 'a:1', grpc: '' })).toMatchObject({ http: 'a:1' });
});

test('DNS needs a name; ports are given where records have none', () => {
  expect(discovery({ type: 'dns', name: '_grpc._tcp.ringcache.test', httpPort: 8081 })).toMatchObject({
    type: 'dns',
    name: '_grpc._tcp.ringcache.test',
    httpPort: 8081,
  });
  const servers = ['10.0.0.10', '10.0.0.10:53', '[fd00::10]:53', 'fd00::10'];
  const byAddress = { type: 'dns', name: 'ringcache.test', records: 'a', grpcPort: 9999, interval: '5s', servers };
  expect(discovery(byAddress)).toMatchObject({ ...byAddress, interval: 5_000 });
});

test('Kubernetes needs a service, and finds all else in the pod', () => {
  const given = { type: 'kubernetes', service: 'ringcache', portNames: { grpc: 'cache' }, addressType: 'IPv6' };
  expect(discovery(given)).toMatchObject(given);
  expect(discovery({ type: 'kubernetes', service: 'ringcache', apiServer: 'http://localhost:8001' })).toBeDefined();
});

test('a member may wait for a shorter time than a TTL before it begins a ring', () => {
  const member = (value: unknown) => memberDiscoverySchema.parse(value);
  expect(member({ ttl: '20s', firstViewAfter: '1s' })).toMatchObject({ ttl: 20_000, firstViewAfter: 1_000 });
  expect(member({})).not.toHaveProperty('cluster');
});

test('a static list may stand beside what is of etcd: the same file is used with and without it', () => {
  expect(discovery({ type: 'static', members: [{ id: 'a', grpc: 'a:1' }], ttl: '5s' })).toMatchObject({ ttl: 5_000 });
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
    ['DNS with no name', { type: 'dns' }, 'is required where the type is dns'],
    ['DNS with a URL', { type: 'dns', name: 'http://a' }, 'must be a name in DNS, in full, got "http://a"'],
    [
      'a port beside SRV records',
      { type: 'dns', name: 'a.b', grpcPort: 1 },
      'means nothing with srv records: they have it, got 1',
    ],
    [
      'no port beside A records',
      { type: 'dns', name: 'a.b', records: 'a' },
      'is required with a records: they have no port',
    ],
    [
      'a DNS server by name',
      { type: 'dns', name: 'a.b', servers: ['ns'] },
      'must be an address, with a port or not, got "ns"',
    ],
    ['a name in DNS for etcd', { name: 'a.b' }, 'means nothing where the type is etcd: it is of dns, got "a.b"'],
    [
      'a TTL with DNS, which has no leases',
      { type: 'dns', name: 'a.b', ttl: '5s' },
      'means nothing where the type is dns: it is of etcd, got "5s"',
    ],
    ['Kubernetes with no service', { type: 'kubernetes' }, 'is required where the type is kubernetes'],
    [
      'an API server with a path',
      { type: 'kubernetes', service: 'a', apiServer: 'https://a/b' },
      'must be "https://host:port", got "https://a/b"',
    ],
    [
      'a namespace for DNS',
      { type: 'dns', name: 'a.b', namespace: 'n' },
      'means nothing where the type is dns: it is of kubernetes, got "n"',
    ],
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
