import { availableParallelism } from 'node:os';
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
    expect(config.member).toEqual({ cluster: 'dev', grpc: 'localhost:9999', http: 'localhost:8081', weight: 1 });
    expect(config.discovery).toMatchObject({ type: 'etcd', members: [] });
    expect(config).toMatchObject({ groups: {}, peerTransport: 'grpc', maxValueBytes: 4 * 1024 * 1024 });
  });

  test('takes flags before the environment', () => {
    const env = { RINGCACHE_GRPC: 'localhost:1', RINGCACHE_HTTP: 'localhost:2', ETCD_HOSTS: 'a:1,b:2' };
    const config = readConfig(undefined, { 'member.grpc': 'localhost:3' }, env);
    expect(config.member).toMatchObject({ grpc: 'localhost:3', http: 'localhost:2' });
    expect(config.discovery.hosts).toEqual(['a:1', 'b:2']);
  });

  test('takes the files of TLS, and those of TLS to etcd, from the environment', () => {
    const env = {
      ...{
        RINGCACHE_TLS_CERT: 'c',
        RINGCACHE_TLS_KEY: 'k',
        RINGCACHE_TLS_CA: 'a',
        RINGCACHE_TLS_CLIENT_AUTH: 'required',
      },
      ...{ RINGCACHE_REQUIRE_TLS: 'true', ETCD_HOSTS: 'https://e:1', ETCD_CA: 'ea', ETCD_CERT: 'ec', ETCD_KEY: 'ek' },
    };
    const { tls, requireTls, discovery } = readConfig(undefined, {}, env);
    expect(tls).toEqual({ cert: 'c', key: 'k', ca: 'a', clientAuth: 'required' });
    expect([requireTls, discovery.tls]).toEqual([true, { ca: 'ea', cert: 'ec', key: 'ek' }]);
  });

  test('has traces off, and takes a collector from the environment, ours before that of OpenTelemetry', () => {
    expect(readConfig(undefined, {}, {}).tracing).toMatchObject({ sampleRatio: 0.01, serviceName: 'ringcache-node' });
    expect(readConfig(undefined, {}, {}).tracing.endpoint).toBeUndefined();
    const env = { RINGCACHE_TRACING_ENDPOINT: 'http://a:4318', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:4318' };
    expect(readConfig(undefined, {}, env).tracing.endpoint).toBe('http://a:4318');
    const more = { ...env, RINGCACHE_TRACING_ENDPOINT: '', OTEL_SERVICE_NAME: 'x', OTEL_BSP_SCHEDULE_DELAY: '50' };
    const { tracing } = readConfig(undefined, {}, more);
    expect(tracing).toMatchObject({ endpoint: 'http://b:4318', serviceName: 'x', delay: 50 });
  });

  test('shows no header of a collector', () => {
    const tracing = { endpoint: 'http://a:4318', headers: { 'x-key': 'hush' } };
    const config = readConfig(undefined, { tracing }, {});
    expect(config.tracing.headers).toEqual({ 'x-key': 'hush' });
    expect(printable(config)).toMatchObject({ tracing: { headers: { 'x-key': '***' } } });
  });

  test.each(['a:4318', 'grpc://a:4317', 'http://user:hush@a:4318', 'http://a:4318/?key=hush'])(
    'refuses a collector at %s',
    (endpoint) => {
      expect(problemsOf({}, { RINGCACHE_TRACING_ENDPOINT: endpoint })).toContain(
        'must be "http://host:4318", or https',
      );
    },
  );

  test('has a cluster, whatever finds the members, and tells who writes it where it was', () => {
    const [flags, env] = [{ 'member.cluster': 'mine' }, { RINGCACHE_CLUSTER: 'theirs' }];
    expect(readConfig(undefined, {}, env).member.cluster).toBe('theirs');
    expect(readConfig(undefined, flags, env).member.cluster).toBe('mine');
    expect(problemsOf({ 'member.cluster': 'a/b' })).toMatch(/^flag --cluster: must be 1 to 64 of a-z, 0-9 and -/);
    expect(problemsOf({ discovery: { cluster: 'mine' } })).toMatch(
      /cluster: unknown key; did you mean member\.cluster\?/,
    );
  });

  test('fills in what a group leaves out', () => {
    const origin = { type: 'grpc', target: 'localhost:50051' };
    const { scores } = readConfig(undefined, { groups: { scores: { origin, ttl: '10m' } } }, {}).groups;
    expect(scores).toMatchObject({
      ttl: 600_000,
      hotTtl: 10_000,
      maxBytes: 64 * 1024 * 1024,
      policy: 'auto',
      store: 'slabs',
    });
    expect(scores!.origin).toMatchObject({ timeout: 2_000, attempts: 3, concurrency: 64, queue: 1_000, rate: 0 });
  });

  test('divides a budget among the groups, as far as they do not say what they want', () => {
    const origin = { type: 'none' };
    const groups = { big: { origin, maxBytes: '48MiB', minBytes: '8MiB' }, one: { origin }, other: { origin } };
    const config = readConfig(undefined, { groups }, { RINGCACHE_BUDGET_BYTES: '64MiB' });
    const MIB = 2 ** 20;
    expect(config.budgetBytes).toBe(64 * MIB);
    expect(config.groups).toMatchObject({
      big: { maxBytes: 48 * MIB, minBytes: 8 * MIB },
      one: { maxBytes: 8 * MIB, minBytes: MIB },
      other: { maxBytes: 8 * MIB },
    });
  });

  test('counts the processes, with one per core for auto', () => {
    const env = { RINGCACHE_PROCESSES: '4', RINGCACHE_PORT_STEP: '10' };
    expect(readConfig(undefined, {}, env)).toMatchObject({ processes: 4, portStep: 10 });
    expect(readConfig(undefined, { processes: 2 }, env).processes).toBe(2);
    expect(readConfig(undefined, { processes: 'auto' }, {}).processes).toBe(availableParallelism());
    expect(readConfig(undefined, {}, {})).toMatchObject({ processes: 1, portStep: 1 });
  });

  test('shows no token', () => {
    const [one, other] = ['a-token-of-clients', 'the-token-of-peers'];
    const flags = { 'access.tokens': [{ token: one, role: 'read' }] };
    const config = readConfig(undefined, flags, { RINGCACHE_PEER_TOKEN: other });
    expect(config.access.peerToken).toBe(other);
    const shown = JSON.stringify(printable(config));
    expect(shown).toContain('"role":"read"');
    expect(shown).not.toMatch(new RegExp(`${one}|${other}`));
  });

  test('knows members by tls.ca, and then needs no token of theirs', () => {
    const tls = { cert: 'c', key: 'k', ca: 'a' };
    const access = { tokens: [{ token: 'a-token-of-clients', role: 'read' }] };
    expect(readConfig(undefined, { tls, access }, {}).access.peerToken).toBeUndefined();
  });

  test.each([
    [
      'tokens that guard nothing',
      { 'access.tokens': [{ token: 'a-token-of-clients', role: 'read' }] },
      /access\.peerToken: is required where there are tokens/,
    ],
    ['a token that can be guessed', { 'access.peerToken': 'short' }, /peer-token: must have at least 16 characters$/m],
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
    ['a certificate with no key', { 'tls.cert': 'a.pem' }, /tls\.key: is required/],
    [
      'client certificates with nothing to verify them by',
      { tls: { cert: 'a', key: 'b', clientAuth: 'optional' } },
      /ca: is required where clientAuth is optional/,
    ],
    [
      'a number of processes that is none',
      { processes: '1.5' },
      /--processes: must be a whole number from 1 to 1000, or auto/,
    ],
    ['more processes than any machine has cores', { processes: 1001 }, /--processes: must be a whole number/],
    ['no step between ports', { portStep: 0 }, /--port-step: must be at least 1/],
    [
      'ports that several members would share',
      { processes: 2, 'member.grpc': 'a:9000', 'member.http': 'a:9001' },
      /flag --processes: makes ports overlap/,
    ],
    [
      'a port that is not known before it is taken, of several members',
      { processes: 2, 'member.grpc': 'a:0' },
      /flag --grpc: must name a port/,
    ],
    ['an unknown dialect', { 'ring.dialect': 'maglev' }, /dialect/],
    [
      'groups that do not fit into the budget',
      { budgetBytes: '1MiB', groups: { g: { origin: { type: 'none' }, maxBytes: '2MiB' } } },
      /budget-bytes: is too small: the groups' maxBytes add up to 2097152, more than budgetBytes/,
    ],
    [
      'a least where no memory moves',
      { groups: { g: { origin: { type: 'none' }, minBytes: '1MiB' } } },
      /g\.minBytes: means nothing without budgetBytes/,
    ],
    [
      'a warm restart with no folder for it',
      { groups: { g: { origin: { type: 'none' }, warmRestart: true } } },
      /dumpDir: is required where a group has warmRestart/,
    ],
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

describe('a member that DNS or Kubernetes has to find', () => {
  const srv = { type: 'dns', name: '_grpc._tcp.ringcache.test' };
  const byAddress = { type: 'dns', name: 'ringcache.test', records: 'a', grpcPort: 9999 };
  const inKubernetes = { type: 'kubernetes', service: 'ringcache' };

  test('is called by its gRPC address', () => {
    const flags = { discovery: srv, 'member.grpc': 'ringcache-0.ringcache.test:9999' };
    expect(readConfig(undefined, flags, {}).discovery).toMatchObject(srv);
    const env = {
      RINGCACHE_GRPC: '10.0.0.7:9999',
      RINGCACHE_DISCOVERY_TYPE: 'dns',
      RINGCACHE_DNS_NAME: 'ringcache.test',
    };
    const { discovery } = readConfig(undefined, { 'discovery.records': 'a', 'discovery.grpcPort': 9999 }, env);
    expect(discovery).toMatchObject(byAddress);
  });

  test('in Kubernetes is called by the address of its pod', () => {
    const env = {
      RINGCACHE_GRPC: '10.0.0.7:9999',
      RINGCACHE_DISCOVERY_TYPE: 'kubernetes',
      RINGCACHE_SERVICE: 'ringcache',
    };
    expect(readConfig(undefined, {}, env).discovery).toMatchObject(inKubernetes);
  });

  test('shows in what is printed', () => {
    const flags = { discovery: srv, 'member.grpc': 'ringcache-0.ringcache.test:9999' };
    expect(printable(readConfig(undefined, flags, {}))).toMatchObject({ discovery: srv });
  });

  test.each<[string, object, Record<string, unknown>, string]>([
    ['an id of its own', srv, { 'member.id': 'a' }, '--id: must be left out where discovery is dns'],
    ['another weight', srv, { 'member.weight': 2 }, '--member-weight: must be 1 where discovery is dns'],
    ['no address', srv, { 'member.grpc': '' }, '--grpc: is required: dns knows members by it'],
    ['capitals', srv, { 'member.grpc': 'A.test:1' }, '--grpc: must be in lower case where discovery is dns'],
    ['a host name', byAddress, {}, 'must have an IPv4 address where dns lists members by that'],
    ['another port', byAddress, { 'member.grpc': '10.0.0.7:1' }, 'must have port 9999, discovery.grpcPort'],
    ['a name in Kubernetes', inKubernetes, {}, 'must have an IPv4 address where kubernetes lists members by that'],
    ['an id in Kubernetes', inKubernetes, { 'member.id': 'a' }, 'must be left out where discovery is kubernetes'],
    [
      'others beside it',
      byAddress,
      { 'member.grpc': '10.0.0.7:9999', processes: 2 },
      'must be 1: dns lists members of the same port',
    ],
  ])('is refused with %s', (_, discovery, flags, message) => {
    expect(problemsOf({ discovery, ...flags })).toContain(message);
  });
});
