import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Member } from '@ringcache/cache-core';
import { listDiscoveryContract } from './discovery.contract.js';
import type { ListDiscovery, RegistrationEvent } from './discovery.js';
import { type DnsDiscoveryOptions, dnsDiscovery } from './dns-discovery.js';
import { addressRecords, DnsServer, srvRecords } from './testing/dns-server.js';
import { HurriedClock } from './testing/hurried-clock.js';
import { SnapshotLog } from './testing/snapshot-log.js';

const NAME = '_grpc._tcp.ringcache.test';
const HEADLESS = 'ringcache.test';
const INTERVAL_MS = 50;

let server: DnsServer;

beforeAll(async () => {
  server = await DnsServer.start();
});
afterAll(() => server.stop());

const memberAt = (grpc: string, http = ''): Member => ({ id: grpc, grpc, http, weight: 1 });
const [a, b, c] = ['a.test:9999', 'b.test:9999', 'c.test:9999'] as const;

function list(...addresses: string[]): void {
  server.set(NAME, srvRecords(NAME, addresses));
}

listDiscoveryContract(
  'dnsDiscovery',
  () => ({
    discovery: dnsDiscovery({ name: NAME, servers: [server.address], intervalMs: INTERVAL_MS }),
    list: async (...members) => list(...members.map(({ grpc }) => grpc)),
  }),
  [memberAt(a), memberAt(b), memberAt(c)],
);

describe('dnsDiscovery', () => {
  const errors: string[] = [];
  const events: RegistrationEvent[] = [];
  let open: { discovery: ListDiscovery; log: SnapshotLog }[] = [];

  beforeEach(() => {
    errors.length = 0;
    events.length = 0;
    server.manner = 'whole';
  });
  afterEach(async () => {
    await Promise.all(open.map(({ log }) => log.stop()));
    await Promise.all(open.map(({ discovery }) => discovery.close()));
    open = [];
  });

  function opened(options: Partial<DnsDiscoveryOptions> = {}): { discovery: ListDiscovery; log: SnapshotLog } {
    const discovery = dnsDiscovery({
      name: NAME,
      servers: [server.address],
      intervalMs: INTERVAL_MS,
      onError: ({ message }) => errors.push(message),
      ...options,
    });
    const both = { discovery, log: new SnapshotLog(discovery) };
    open.push(both);
    return both;
  }

  /** What a member heard; a complaint that is made again, as a slow machine takes its time, counts once. */
  const kinds = () =>
    events
      .map((event) => (event.kind === 'lost' ? `lost ${event.reason}` : event.kind))
      .filter((kind, i, all) => kind !== 'retrying' || all[i - 1] !== kind);
  const onEvent = (event: RegistrationEvent) => void events.push(event);

  test('SRV records give the gRPC address, with a port for each, and the HTTP port is the same for all', async () => {
    list('B.test:7001', 'a.test:7000');
    const { log } = opened({ httpPort: 8081 });
    await log.until('a.test:7000 b.test:7001');
    expect(log.seen[0]!.members).toEqual([
      memberAt('a.test:7000', 'a.test:8081'),
      memberAt('b.test:7001', 'b.test:8081'),
    ]);
  });

  test('A records give the address, and both ports are the same for all', async () => {
    server.set(HEADLESS, addressRecords(HEADLESS, 'A', ['10.0.0.7', '10.0.0.6', '10.0.0.7']));
    const { log } = opened({ name: HEADLESS, records: 'a', grpcPort: 9999, httpPort: 8081 });
    await log.until('10.0.0.6:9999 10.0.0.7:9999');
    expect(log.seen[0]!.members[0]).toEqual(memberAt('10.0.0.6:9999', '10.0.0.6:8081'));
  });

  test('AAAA records give the address in brackets, and a member may have HTTP alone', async () => {
    server.set(HEADLESS, addressRecords(HEADLESS, 'AAAA', ['fd00::7']));
    const { log } = opened({ name: HEADLESS, records: 'aaaa', httpPort: 8081 });
    await log.until('[fd00::7]:8081');
    expect(log.seen[0]!.members).toEqual([{ id: '[fd00::7]:8081', grpc: '', http: '[fd00::7]:8081', weight: 1 }]);
  });

  test('a server that goes leaves the last list in force, stale; one that comes back makes it fresh', async () => {
    list(a, b);
    const clock = new HurriedClock();
    const { log } = opened({ clock });
    await log.until(`${a} ${b}`);
    await server.stop();
    try {
      await clock.until(() => log.last === `${a} ${b} (stale)`);
      list(a, c);
    } finally {
      await server.start();
    }
    await log.until(`${a} ${c}`);
    expect(errors[0]).toMatch(/^DNS gave no SRV of _grpc\._tcp\.ringcache\.test: E/);
  });

  test.each(['silent', 'garbage', 'refused', 'failed'] as const)(
    'answers that are %s change nothing but that the list is stale',
    async (manner) => {
      list(a, b);
      const clock = new HurriedClock();
      const { log } = opened({ clock });
      await log.until(`${a} ${b}`);
      server.manner = manner;
      list(c);
      await clock.until(() => log.last === `${a} ${b} (stale)`);
      server.manner = 'whole';
      list(a, b);
      await log.until(`${a} ${b}`);
      expect(log.all.some((seen) => seen.includes(c))).toBe(false);
    },
  );

  test('a list that is too long for UDP is read by TCP', async () => {
    const many = Array.from({ length: 300 }, (_, i) => `member-${1000 + i}.ringcache.test:9999`);
    list(...many);
    server.manner = 'truncated';
    const { log } = opened();
    await log.until(many.join(' '));
  });

  test.each([
    ['an empty answer', () => list()],
    ['a name that is gone', () => server.delete(NAME)],
  ])('%s does not empty a ring that works', async (_, vanish) => {
    list(a, b);
    const clock = new HurriedClock();
    const { log } = opened({ clock });
    await log.until(`${a} ${b}`);
    vanish();
    await clock.until(() => log.last === `${a} ${b} (stale)`);
    expect(errors).toContain(`DNS (SRV of ${NAME}) lists nobody: the last list stays in force`);
    list(b);
    await log.until(b);
  });

  test('a name that does not exist yet is an empty list', async () => {
    server.delete(NAME);
    const { log } = opened();
    await log.until('');
    list(a);
    await log.until(a);
  });

  test('a member that one answer is without stays in the list', async () => {
    list(a, b);
    const { log } = opened();
    await log.until(`${a} ${b}`);
    list(a);
    await server.questions(1); // answered from the records of this moment
    list(a, b, c);
    await log.until(`${a} ${b} ${c}`);
    expect(log.all).toEqual([`${a} ${b}`, `${a} ${b} ${c}`]);
  });

  test('a record that is no member is skipped, and told once', async () => {
    list(a, 'b.test:0');
    const { log } = opened();
    await log.until(a);
    await server.questions(3);
    expect(errors).toEqual([`skipped a record of SRV of ${NAME}: grpc must be host:port or empty, not "b.test:0"`]);
  });

  test('a member registers once DNS lists it, says so until then, and hears when it is out of it', async () => {
    list(a);
    const { discovery, log } = opened();
    const registering = discovery.register(memberAt(b), { onEvent });
    await log.until(a);
    await server.questions(2);
    expect(kinds()).toEqual(['retrying']);
    expect(events[0]).toMatchObject({ error: { message: `DNS (SRV of ${NAME}) does not list ${b}, but ${a}` } });
    list(a, b);
    const registration = await registering;
    expect(registration.registered()).toBe(true);
    await log.until(`${a} ${b}`);
    list(a);
    await log.until(a);
    while (registration.registered()) await server.questions(1);
    expect(registration.registered()).toBe(false);
    expect(kinds().slice(0, 3)).toEqual(['retrying', 'registered', 'lost expired']);
  });

  test('a member has no sure place while DNS is away, and has it again afterwards', async () => {
    list(a);
    const clock = new HurriedClock();
    const { discovery, log } = opened({ clock });
    const registration = await discovery.register(memberAt(a), { onEvent });
    server.manner = 'refused';
    await clock.until(() => log.last === `${a} (stale)`);
    expect(registration.registered()).toBe(false);
    server.manner = 'whole';
    await log.until(a);
    while (!registration.registered()) await server.questions(1);
    expect(kinds()).toEqual(['registered', 'lost silent', 'registered']);
    expect(events.at(-1)).toMatchObject({ again: true });
  });

  test('registering ends with the signal, and with close', async () => {
    list(a);
    const { discovery } = opened();
    const abort = new AbortController();
    const first = discovery.register(memberAt(b), { signal: abort.signal });
    const second = discovery.register(memberAt(c));
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: 'deadline' });
    const closed = expect(second).rejects.toMatchObject({ code: 'unavailable' });
    await discovery.close();
    await closed;
  });

  test.each<[string, Member, Partial<DnsDiscoveryOptions>, string]>([
    ['a name of its own', { ...memberAt(a), id: 'a' }, {}, 'must have its gRPC address for an id'],
    ['another weight', { ...memberAt(a), weight: 2 }, {}, 'weight of member a.test:9999 must be 1'],
    ['a host name', memberAt(a), { records: 'a', grpcPort: 9999 }, 'must be like 10.0.0.7:9999, not a.test:9999'],
    ['another port', memberAt('10.0.0.7:1'), { records: 'a', grpcPort: 9999 }, 'must be like 10.0.0.7:9999'],
    ['IPv4', memberAt('10.0.0.7:1'), { records: 'aaaa', grpcPort: 1 }, 'must be like [fd00::7]:1, not 10.0.0.7:1'],
  ])('a member with %s, which DNS cannot list, is refused', async (_, member, options, message) => {
    const { discovery } = opened(options);
    await expect(discovery.register(member)).rejects.toThrow(message);
  });

  test.each<[string, Partial<DnsDiscoveryOptions>, string]>([
    ['no name', { name: '' }, '"" is no name in DNS'],
    ['addresses without a port', { records: 'a' }, 'grpcPort is required with a records'],
    ['a port that records have', { grpcPort: 1 }, 'grpcPort means nothing with srv'],
    ['a port out of range', { httpPort: 65_536 }, 'httpPort must be 1 to 65535'],
    ['a server that has a name', { servers: ['dns.test'] }, 'DNS servers must be addresses'],
    ['an interval of nothing', { intervalMs: 0 }, 'an interval must be 50 to 3600000 ms, not 0'],
  ])('%s is refused', (_, options, message) => {
    expect(() => dnsDiscovery({ name: NAME, ...options })).toThrow(message);
  });
});
