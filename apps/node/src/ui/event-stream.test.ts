import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ClusterState } from '@ringcache/ui';

import { EventStream, type EventStreamOptions } from './event-stream.js';

let server: Server;
let response: IncomingMessage;

beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  response?.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A stream to a reader that has not begun to read. */
async function open(options: Partial<EventStreamOptions> = {}) {
  let markEnded!: () => void;
  const ended = new Promise<void>((resolve) => {
    markEnded = resolve;
  });
  const stream = new Promise<EventStream>((resolve) =>
    server.once('request', (_: IncomingMessage, res: ServerResponse) =>
      resolve(new EventStream(res, { mayGoOn: () => true, onEnd: markEnded, ...options })),
    ),
  );
  const answered = new Promise<IncomingMessage>((resolve) =>
    request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }, resolve).end(),
  );
  response = await answered;
  return { stream: await stream, ended };
}

const state = (at: number, filling = ''): ClusterState => ({ at, reports: true, members: [], filling }) as ClusterState;

/** Reads until the text holds this. */
async function read(text: string): Promise<string> {
  let all = '';
  for await (const piece of response.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    all += piece;
    if (all.includes(text)) break;
  }
  return all;
}

test('an event is sent as the standard says, under headers that keep it from caches', async () => {
  const { stream } = await open();
  stream.send('cluster', state(1));
  expect(await read('\n\n')).toBe('event: cluster\ndata: {"at":1,"reports":true,"members":[],"filling":""}\n\n');
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
});

test('a page that reads slowly misses states, and gets the last one', async () => {
  const { stream } = await open();
  const filling = 'x'.repeat(1024 * 1024);
  for (let at = 1; at <= 100; at++) stream.send('cluster', state(at, filling));
  const text = await read('"at":100,');
  const seen = [...text.matchAll(/"at":(\d+)/g)].map(([, at]) => Number(at));
  expect(seen.at(-1)).toBe(100);
  expect(seen.length).toBeLessThan(20);
});

test('a page that reads nothing is cut off', async () => {
  const { stream, ended } = await open({ heartbeatMs: 5, stalledMs: 20 });
  stream.send('cluster', state(1, 'x'.repeat(32 * 1024 * 1024)));
  await ended;
});

test('a page with nothing to be told sees that the node lives', async () => {
  await open({ heartbeatMs: 5 });
  expect(await read('heartbeat')).toContain(': heartbeat\n\n');
});

test('a stream ends as soon as its caller has lost the right to it', async () => {
  let may = true;
  const { ended } = await open({ heartbeatMs: 5, mayGoOn: () => may });
  await read('heartbeat');
  may = false;
  response.resume();
  await ended;
});

test('a page that goes away is noticed', async () => {
  const { ended } = await open();
  response.destroy();
  await ended;
});
