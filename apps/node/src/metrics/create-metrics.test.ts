import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDoor, type OpenDoor } from '@ringcache/access';
import { TestCluster } from '@ringcache/cache-core/testing';

import { createMetrics, METRIC_SECTIONS, processMetrics } from './create-metrics.js';
import { NodeMeasures } from './node-measures.js';

const SECRET_KEY = 'a-key-that-is-nobodys-business';
const METRICS = METRIC_SECTIONS.flatMap(({ metrics }) => metrics);
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

let cluster: TestCluster;
let door: OpenDoor;
let measures: NodeMeasures;
beforeEach(() => {
  const load = async (key: string) => {
    if (key === 'broken') throw new Error('no');
    return Buffer.from(key);
  };
  cluster = new TestCluster({ size: 3, groups: { scores: { load }, notes: {} } });
  door = createDoor({});
  measures = new NodeMeasures();
});
afterEach(async () => {
  measures.close();
  door.close();
  await cluster.close();
});

async function scrape(): Promise<string> {
  const certificate = () => ({ subject: 'CN=me', expiresAt: new Date(2_000_000_000_000) });
  const node = cluster.nodes[0]!;
  return createMetrics({ node, isReady: () => true, door, budget: undefined, measures, certificate }).metrics();
}

/** The samples of a metric, by their labels as they are written. */
function samples(text: string, name: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => [line.slice(name.length, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function someTraffic(): Promise<void> {
  const group = cluster.group('scores');
  const keys = [SECRET_KEY, 'broken', ...Array.from({ length: 50 }, (_, i) => `key-${i}`)];
  for (let round = 0; round < 4; round++) {
    const asked = keys.map((key) => group.get(key).catch(() => {}));
    await cluster.clock.advance(100);
    await Promise.all(asked);
  }
  await group.write({ op: 'delete', key: cluster.keyOwnedBy(0) });
  measures.batchSizes.requests.sent.add(3);
  measures.registrations.note({ kind: 'registered', again: false, ttlMs: 10_000 });
  measures.registrations.note({ kind: 'lost', reason: 'expired', silentMs: 10_000 });
}

test('names are unique, and say type and unit as Prometheus wants it', async () => {
  const names = [...METRICS, ...(await processMetrics())].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, type, unit } of METRICS) {
    expect(name).toMatch(/^ringcache_[a-z0-9]+(_[a-z0-9]+)*$/);
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect([name, unit !== undefined || /_(seconds|bytes|ratio)(_total)?$/.test(name)]).toEqual([name, true]);
    expect(name).not.toMatch(/_(ms|milliseconds|kb|mb|percent)(_|$)/);
  }
});

test('what is read has just the labels that are told, and numbers', async () => {
  await someTraffic();
  const groups = [...cluster.nodes[0]!.groups.values()].map((group) => group.stats());
  const certificate = () => undefined;
  const from = { node: cluster.nodes[0]!, isReady: () => true, door, budget: undefined, measures, certificate, groups };
  for (const metric of METRICS) {
    for (const [labels, value] of metric.read(from)) {
      expect([metric.name, Object.keys(labels).sort()]).toEqual([metric.name, Object.keys(metric.labels ?? {}).sort()]);
      const numbers = typeof value === 'number' ? [value] : [...value.cumulative, value.count, value.sum];
      expect([metric.name, numbers.filter((number) => !Number.isFinite(number))]).toEqual([metric.name, []]);
    }
  }
});

test('no key is in them', async () => {
  await someTraffic();
  expect(await scrape()).not.toContain(SECRET_KEY);
});

test('hits are counted in the smallest bucket of the latency of gets, misses where they belong', async () => {
  const group = cluster.group('scores');
  const key = cluster.keyOwnedBy(0);
  const asked = group.get(key);
  await cluster.clock.advance(100);
  await asked;
  for (let i = 0; i < 7; i++) await group.get(key);
  const text = await scrape();
  const buckets = samples(text, 'ringcache_get_duration_seconds_bucket');
  expect(buckets['{le="0.0001",group="scores"}']).toBeGreaterThanOrEqual(7);
  expect(buckets['{le="+Inf",group="scores"}']).toBe(8);
  expect(samples(text, 'ringcache_get_duration_seconds_count')['{group="scores"}']).toBe(8);
});

test('buckets of a histogram only grow, and end at its count', async () => {
  await someTraffic();
  const text = await scrape();
  for (const { name, type } of METRICS) {
    if (type !== 'histogram') continue;
    const series = new Map<string, number[]>();
    for (const [labels, value] of Object.entries(samples(text, `${name}_bucket`))) {
      const rest = labels.replace(/le="[^"]*",?/, '');
      series.set(rest, [...(series.get(rest) ?? []), value]);
    }
    expect([name, series.size > 0]).toEqual([name, true]);
    const counts = Object.values(samples(text, `${name}_count`));
    expect([...series.values()].map((buckets) => buckets.at(-1))).toEqual(counts);
    for (const buckets of series.values()) expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
  }
});

test('rings that are equal have the same hash, and others another', async () => {
  const hashes = async () => Object.values(samples(await scrape(), 'ringcache_ring_hash'))[0];
  const before = await hashes();
  expect(Number.isSafeInteger(before)).toBe(true);
  cluster.updateAll(cluster.nodes.slice(0, 2));
  expect(await hashes()).not.toBe(before);
  cluster.updateAll(cluster.nodes);
  expect(await hashes()).toBe(before);
});

test('places in discovery are counted by what became of them', async () => {
  await someTraffic();
  const text = await scrape();
  expect(samples(text, 'ringcache_registrations_total')).toEqual({ '': 1 });
  expect(samples(text, 'ringcache_registration_losses_total')).toEqual({
    '{reason="silent"}': 0,
    '{reason="expired"}': 1,
    '{reason="deleted"}': 0,
    '{reason="overwritten"}': 0,
  });
});

test('a member that does not answer has an open breaker, until it answers', async () => {
  const { breakers } = cluster.nodes[0]!.peers;
  const open = async () => samples(await scrape(), 'ringcache_breaker_open');
  expect(await open()).toEqual({ '{peer="node-2"}': 0, '{peer="node-3"}': 0 });
  breakers.failed('node-2');
  expect(await open()).toEqual({ '{peer="node-2"}': 1, '{peer="node-3"}': 0 });
  await cluster.clock.advance(10_000); // its time is up, but it has not answered
  expect(await open()).toEqual({ '{peer="node-2"}': 1, '{peer="node-3"}': 0 });
  breakers.answered('node-2');
  expect(await open()).toEqual({ '{peer="node-2"}': 0, '{peer="node-3"}': 0 });
});

(hasPromtool ? test : test.skip)('promtool has nothing to say against them (needs prometheus)', async () => {
  await someTraffic();
  const ours = (await scrape()).split('\n').filter((line) => /^(# (HELP|TYPE) )?ringcache_/.test(line));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: `${ours.join('\n')}\n`,
    encoding: 'utf8',
  });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});
