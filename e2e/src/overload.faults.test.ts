// A node that is asked for many times what it can load: it goes on doing what it can, refuses the rest by name, in bounded
// memory, and is as before when the load ends.

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CacheError } from '@ringcache/cache-core';
import { createClient } from '@ringcache/client';
import { freePorts } from '@ringcache/infra';

import { get, type NodeProcess, startNode, until } from './processes.js';
import { report } from './report.js';

jest.setTimeout(240_000);

const CONCURRENCY = 8;
const QUEUE = 20;
const TAKEN = CONCURRENCY + QUEUE; // fewer than the connections of a client over HTTP, which would wait for each other
const BURST = 1_000;
const BURSTS = 10;
const MAX_BYTES = 16 * 1024 * 1024;
const MARGIN_BYTES = 192 * 1024 * 1024; // for requests under way, garbage, and what V8 keeps for later

/** Answers nobody while its gate is shut. */
class Origin {
  readonly #server: Server = createServer((_, response) => {
    this.#waiting.push(response);
    if (this.#isOpen) this.open();
  });
  #waiting: ServerResponse[] = [];
  #isOpen = true;

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/{key}`;
  }

  shut(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    for (const response of this.#waiting.splice(0)) response.end('x'.repeat(1024));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const origin = new Origin();
let node: NodeProcess;

beforeAll(async () => {
  const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
  const timeouts = { attempts: 1, timeout: '120s' };
  const slow = { type: 'http', url: await origin.listen(), concurrency: CONCURRENCY, queue: QUEUE, ...timeouts };
  const groups = { slow: { origin: slow, maxBytes: MAX_BYTES, flightTimeout: '120s' } };
  const members = [{ id: `localhost:${grpcPort}`, grpc: `localhost:${grpcPort}`, http: `localhost:${httpPort}` }];
  const access = { shedAbove: 0 }; // a busy machine would have it refuse more than what the origin has no room for
  node = await startNode({ grpcPort, httpPort, discovery: { type: 'static', members }, groups, access });
  await until('the node is ready', async () => (await fetch(`${node.http}/readyz`)).ok, { programs: [node] });
});
afterAll(async () => {
  origin.close();
  await node?.stop();
});

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${node.http}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)![1]);
}

test.each([
  ['HTTP', 'http'],
  ['gRPC', 'grpc'],
] as const)('many times the load over %s', async (_, transport) => {
  const client = createClient({ nodes: [addressOf(transport)], transport, timeoutMs: 120_000 });
  const ended: Record<string, number> = {};
  const ask = async (key: string) => {
    const code = await client.get('slow', key).then(
      () => 'answered',
      (error: unknown) => CacheError.from(error).code,
    );
    ended[code] = (ended[code] ?? 0) + 1;
  };
  try {
    await client.ready();
    const before = await metric('process_resident_memory_bytes');
    let highest = 0;
    for (let burst = 1; burst <= BURSTS; burst++) {
      origin.shut();
      const asked = Array.from({ length: BURST }, (_, i) => ask(`${transport}-${burst}-${i}`)); // each a new key
      const isRefused = () => ended.overloaded === burst * (BURST - TAKEN);
      await until('what it has no room for is refused', isRefused, { programs: [node] }).catch((error: Error) => {
        throw new Error(`${JSON.stringify(ended)} in burst ${burst}: ${error.message}`);
      });
      highest = Math.max(highest, await metric('process_resident_memory_bytes'));
      origin.open();
      await Promise.all(asked);
    }
    await report({ overload: transport, ...ended, grownMiB: Math.round((highest - before) / 1024 / 1024) });
    expect(ended).toEqual({ answered: BURSTS * TAKEN, overloaded: BURSTS * (BURST - TAKEN) });
    expect(highest - before).toBeLessThan(MAX_BYTES + MARGIN_BYTES);
    await until('nothing is in flight', async () => (await metric('ringcache_client_keys_in_flight')) === 0);
    expect((await get(node, 'slow', `after ${transport}`)).status).toBe(200);
  } finally {
    await client.close();
  }
});

function addressOf(transport: 'http' | 'grpc'): string {
  return transport === 'grpc' ? node.id : node.http.replace('http://', '');
}
