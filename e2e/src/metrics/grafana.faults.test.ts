// Every query of the dashboard, and every rule, asked of a real Prometheus that has scraped three real nodes while they were
// asked, had an origin that failed, and lost one of them.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CacheError } from '@ringcache/cache-core';
import { createClient } from '@ringcache/client';
import { type EtcdCluster, freePorts, startEtcdCluster } from '@ringcache/infra';

import { get, type NodeProcess, startNode, until, untilRings } from '../processes.js';
import { queriesOf, readDashboard } from './dashboard.js';
import { hasPrometheus, NEEDS_PROMETHEUS, Prometheus } from './prometheus.js';

jest.setTimeout(240_000);

const EVERY_SECONDS = 1;
const KEYS = 3_000;
const AT_ONCE = 500;

/** What is rightly 0 all the time in such a run; anything else that is has a query that looks for the wrong thing. */
const QUIET = [
  /^Overview \/ Alarms/, // they ring after a minute
  /^Ring and peers \/ (View of the ring|Places in discovery)/, // etcd is there all the time
];

const dashboard = await readDashboard();

describe('the file', () => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test('each panel says what it shows, and asks the data source that is chosen', () => {
    expect(panels.length).toBeGreaterThan(30);
    for (const { title, description = '', datasource, targets = [] } of panels) {
      expect([title, description.length > 10]).toEqual([title, true]);
      expect([title, datasource?.uid]).toEqual([title, `\${datasource}`]);
      expect([title, targets.length > 0]).toEqual([title, true]);
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  test('no panel lies on another, nor outside', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, x, y, taken.get(`${x},${y}`)]).toEqual([title, x, y, undefined]);
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });
});

(hasPrometheus() ? describe : describe.skip)(`asked of a real Prometheus (${NEEDS_PROMETHEUS})`, () => {
  let etcd: EtcdCluster;
  let prometheus: Prometheus;
  const nodes: NodeProcess[] = [];
  let killed: NodeProcess;
  let startedAt = 0;

  beforeAll(async () => {
    etcd = await startEtcdCluster({ size: 1 });
    const ports = await freePorts(6);
    const origin = { type: 'module', path: new URL('./origin.mjs', import.meta.url).pathname, attempts: 1 };
    const groups = {
      scores: { origin, ttl: '2s', staleIfError: '1m', maxEntries: 500 },
      notes: { origin: { type: 'none' }, rate: { perSecond: 1 } },
    };
    const env = { LOG_LEVEL: 'error' };
    const setups = [0, 1, 2].map((i) => {
      const [grpcPort, httpPort] = [ports[2 * i]!, ports[2 * i + 1]!];
      return { grpcPort, httpPort, etcd: etcd.hosts, groups, ttl: '10s', handoff: '10s', env };
    });
    const http = setups.map(({ httpPort }) => `localhost:${httpPort}`);
    for (const setup of setups.slice(0, 2)) nodes.push(await startNode(setup));
    startedAt = Date.now();
    prometheus = await Prometheus.start(http, EVERY_SECONDS);
    await untilRings(nodes, nodes);
    await work(() => prometheusHas('min(changes(process_cpu_seconds_total[1m])) > 5'));
    nodes.push(await startNode(setups[2]!));
    await work(() => prometheusHas('sum(ringcache_handoffs_total) > 0'), 'a value was handed over');
    await work(() => prometheusHas('min(changes(process_cpu_seconds_total[1m])) > 5 and count(up == 1) == 3'));
    killed = nodes.pop()!;
    await killed.child.kill('SIGKILL');
    await work(() => prometheusHas(`max(ringcache_breaker_open) == 1`), 'a breaker is open');
    await work(() => prometheusHas('max(ringcache_ring_members and on (instance) up == 1) == 2'), 'the ring is of two');
    await work(() => prometheusHas('max(changes(process_cpu_seconds_total[1m])) > 20'));
  });
  afterAll(async () => {
    await prometheus?.stop();
    await Promise.all([...nodes, killed].map((node) => node?.stop()));
    await etcd?.stop();
  });

  async function prometheusHas(condition: string): Promise<boolean> {
    return (await prometheus.now(condition)).length > 0;
  }

  /** Asks every node, by gRPC the owners and by HTTP whoever comes, until something is so. */
  async function work(done: () => Promise<boolean>, what = 'there are samples'): Promise<void> {
    const client = createClient({ nodes: nodes.map(({ id }) => id), timeoutMs: 5_000 });
    try {
      await client.ready();
      let round = 0;
      await until(what, async () => {
        round++;
        const key = () => `key ${Math.floor(KEYS * Math.random() ** 3)}`;
        const many = Array.from({ length: AT_ONCE }, key);
        const odd = [`broken ${round}`, 'flaky', `slow ${round}`];
        const answers = await client.getMany('scores', [...many, ...odd]);
        expect(answers.filter((answer) => answer instanceof CacheError).length).toBeGreaterThanOrEqual(1); // the broken
        // The owner may be the dead node, or refuse.
        for (let i = 0; i < 3; i++) await client.set('notes', 'n', Buffer.from('v')).catch(() => {});
        for (const node of nodes) await Promise.all(many.slice(0, 20).map((each) => get(node, 'scores', each)));
        return done();
      });
    } finally {
      await client.close();
    }
  }

  test('every query of the dashboard finds something, and nothing that is 0 and should not be', async () => {
    const empty: string[] = [];
    const zero: string[] = [];
    const runSeconds = Math.ceil((Date.now() - startedAt) / 1_000); // however long a busy machine took
    for (const { title, expr } of queriesOf(dashboard)) {
      const values = (await prometheus.range(expr, runSeconds)).flatMap((series) => series.values);
      if (values.length === 0) empty.push(`${title}: ${expr}`);
      else if (values.every((value) => value === 0) && !QUIET.some((quiet) => quiet.test(title))) zero.push(title);
    }
    expect(empty).toEqual([]);
    expect(zero).toEqual([]);
  });

  test('every variable has something to choose', async () => {
    for (const { name, definition } of dashboard.templating.list) {
      if (definition === undefined) continue;
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(definition.replaceAll('$cluster', '.*'))!;
      const found = new Set((await prometheus.now(selector!)).map(({ metric }) => metric[label!]));
      expect([name, found.size]).toEqual([name, { cluster: 1, instance: 2, group: 2 }[name]]);
    }
  });

  test('each node has taken its place in discovery once, and lost none', async () => {
    expect((await prometheus.now('ringcache_registrations_total == 1')).length).toBe(nodes.length);
    expect(await prometheus.now('ringcache_registration_losses_total > 0')).toEqual([]);
  });

  test('every rule can be evaluated, and what is recorded is there', async () => {
    const rules = await prometheus.rules();
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    for (const { name, type } of rules) {
      if (type === 'recording') expect([name, (await prometheus.now(name)).length > 0]).toEqual([name, true]);
    }
  });

  test('the killed node and the small ring are about to ring, and not what would mean something else', async () => {
    const wanted = ['NodeDown', 'MemberMissing'];
    const unwanted = ['RingsDiffer', 'NotReady', 'DiscoveryAway', 'KeepsNothing', 'LeaseFlaps', 'MemoryNearLimit'];
    let ringing: string[] = [];
    const isAsWanted = async () => {
      ringing = (await prometheus.now('ALERTS')).map(({ metric }) => metric.alertname!.replace('Ringcache', ''));
      return wanted.every((name) => ringing.includes(name)) && !unwanted.some((name) => ringing.includes(name));
    };
    await until('the alarms are right', isAsWanted, { withinMs: 20_000 }).catch(() => {});
    expect(ringing).toEqual(expect.arrayContaining(wanted));
    expect(ringing.filter((name) => unwanted.includes(name))).toEqual([]);
  });
});
