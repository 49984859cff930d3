import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { answerProbe } from './probes.js';

let server: Server;
let why: string | undefined;
const errors: unknown[] = [];
const broken = { name: 'broken', get: () => Promise.reject(new Error('cannot be read')) };
const metrics = new Registry();

beforeEach(async () => {
  const onError = (error: unknown) => errors.push(error);
  server = createServer((request, response) => {
    if (answerProbe(request, response, { whyNotReady: () => why, metrics, onError })) return;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
});

async function ask(path: string): Promise<[number, string, string | null]> {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return [response.status, await response.text(), response.headers.get('content-type')];
}

test('a node that is not in the ring is alive, and not ready', async () => {
  expect((await ask('/readyz')).slice(0, 2)).toEqual([200, 'ready\n']);
  why = 'not in the ring yet';
  expect((await ask('/readyz')).slice(0, 2)).toEqual([503, 'not in the ring yet\n']);
  expect((await ask('/livez')).slice(0, 2)).toEqual([200, 'ok\n']);
});

test('a query with a probe changes nothing, and another path is not answered', async () => {
  expect((await ask('/metrics?name[]=x'))[2]).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect((await ask('/livez?verbose'))[0]).toBe(200);
  expect((await ask('/metrics/'))[0]).toBe(404);
});

test('metrics that cannot be read are an error that the log hears of', async () => {
  metrics.registerMetric(broken as never);
  expect((await ask('/metrics')).slice(0, 2)).toEqual([500, 'the metrics could not be read\n']);
  expect(errors).toEqual([new Error('cannot be read')]);
});
