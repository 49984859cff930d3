// The daemon and its collector: what a trace costs a request when there is nobody to send it to, and what is sent at the end.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { freePorts } from '@ringcache/infra';
import { Collector } from '@ringcache/tracing/testing/collector';

import { alone, killDaemons, runDaemon } from './testing/run-daemon.js';

jest.setTimeout(60_000);

let folder: string;
let collector: Collector;

beforeAll(async () => {
  collector = await Collector.start();
  folder = await mkdtemp(join(tmpdir(), 'ringcache-traces-'));
  const loader = 'export default (key, { trace }) => trace === undefined ? "none" : trace.traceparent;';
  await writeFile(join(folder, 'trace.mjs'), loader);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await collector.close();
});
afterEach(killDaemons);

async function start(tracing: object) {
  const { config, http } = await alone('trace.mjs');
  const daemon = await runDaemon(folder, { ...config, tracing });
  await daemon.says('"msg":"ready"');
  const get = async (key: string) => (await fetch(`${http}/v1/groups/g/keys/${key}`)).text();
  return { ...daemon, config, get };
}

test('a node sends at its end what has waited, and a loader in a module gets the context to pass on', async () => {
  const { endpoint } = collector;
  const { child, exited, get, config } = await start({ endpoint, sampleRatio: 1, delay: '1m', includeKeys: true });
  const traceparent = await get('k');
  expect(collector.spans).toEqual([]);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  const [load, request] = collector.spans;
  expect(load).toMatchObject({ name: 'ringcache.load', parentSpanId: request!.spanId });
  expect(traceparent).toBe(`00-${load!.traceId}-${load!.spanId}-01`);
  expect(request).toMatchObject({
    ...{ name: 'ringcache.v1.Cache/Get', kind: 'server', parentSpanId: '' },
    attributes: { 'ringcache.key': 'k', 'ringcache.source': 'load' },
    resource: { 'service.name': 'ringcache-node', 'service.instance.id': config.member.grpc },
  });
});

test('a collector that is away costs a warning, and no request', async () => {
  const [port] = await freePorts(1);
  const endpoint = `http://localhost:${port}`;
  const { child, exited, get, says, output } = await start({ endpoint, sampleRatio: 1, delay: '10ms' });
  for (let i = 0; i < 20; i++) expect(await get(`k${i}`)).toMatch(/-01$/);
  await says('spans were lost, the collector did not take them');
  expect(output.text).toMatch(/"level":"warn".*"msg":"traces: \d+ spans were lost, .*ECONNREFUSED/);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('a node without a collector begins no trace', async () => {
  const { child, exited, get } = await start({});
  expect(await get('k')).toBe('none');
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});
