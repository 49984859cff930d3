// A node that is asked for ten times what it can load: it goes on doing what it can, refuses the rest at once, in bounded
// memory, and is as before when the load ends.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CacheError } from '@ringcache/cache-core';
import { createClient } from '@ringcache/client';
import { freePorts } from '@ringcache/infra';

import { get, type NodeProcess, startNode, until } from './processes.js';
import { report } from './report.js';

jest.setTimeout(120_000);

const CONCURRENCY = 8; // of the origin, which takes 20 ms: 400 loads a second
const CAPACITY = (CONCURRENCY * 1_000) / 20;
const LOAD = 10 * CAPACITY;
const LOAD_MS = 8_000;
const SLICE_MS = 20;
const MAX_BYTES = 16 * 1024 * 1024;
const MARGIN_BYTES = 192 * 1024 * 1024; // for requests under way, garbage, and what V8 keeps for later

let node: NodeProcess;

beforeAll(async () => {
  const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
  const path = new URL('./slow-origin.mjs', import.meta.url).pathname;
  const origin = { type: 'module', path, concurrency: CONCURRENCY, queue: 100, attempts: 1 };
  const groups = { slow: { origin, maxBytes: MAX_BYTES } };
  const members = [{ id: `localhost:${grpcPort}`, grpc: `localhost:${grpcPort}`, http: `localhost:${httpPort}` }];
  node = await startNode({ grpcPort, httpPort, discovery: { type: 'static', members }, groups });
  await until('the node is ready', async () => (await fetch(`${node.http}/readyz`)).ok, { programs: [node] });
});
afterAll(() => node?.stop());

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${node.http}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)![1]);
}

test.each([
  ['HTTP', 'http'],
  ['gRPC', 'grpc'],
] as const)('ten times the load over %s', async (_, transport) => {
  const client = createClient({ nodes: [addressOf(transport)], transport, timeoutMs: 20_000 });
  const ended: Record<string, number> = {};
  try {
    await client.ready();
    const before = await metric('process_resident_memory_bytes');
    let highest = 0;
    const asked: Promise<void>[] = [];
    const ask = async (key: string) => {
      const code = await client.get('slow', key).then(
        () => 'answered',
        (error: unknown) => CacheError.from(error).code,
      );
      ended[code] = (ended[code] ?? 0) + 1;
    };
    const endsAt = performance.now() + LOAD_MS;
    for (let n = 0; performance.now() < endsAt; ) {
      for (let i = 0; i < (LOAD * SLICE_MS) / 1_000; i++) asked.push(ask(`${transport}-${n++}`)); // each a new key
      await new Promise((resolve) => setTimeout(resolve, SLICE_MS));
      if (n % 2_000 === 0) highest = Math.max(highest, await metric('process_resident_memory_bytes'));
    }
    await Promise.all(asked);
    const grown = Math.round((highest - before) / 1024 / 1024);
    await report({ overload: transport, ...ended, grownMiB: grown });
    // What it can do, it did; the rest was told so, at once and by name.
    expect(ended.answered).toBeGreaterThan((CAPACITY * LOAD_MS) / 1_000 / 4);
    expect(ended.overloaded).toBeGreaterThan(1_000);
    expect(Object.keys(ended).sort()).toEqual(['answered', 'overloaded']);
    expect(highest - before).toBeLessThan(MAX_BYTES + MARGIN_BYTES);
    expect(await metric('ringcache_client_keys_in_flight')).toBe(0);
    expect((await get(node, 'slow', `after ${transport}`)).status).toBe(200);
  } finally {
    await client.close();
  }
});

function addressOf(transport: 'http' | 'grpc'): string {
  return transport === 'grpc' ? node.id : node.http.replace('http://', '');
}
