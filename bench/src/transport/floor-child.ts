// The server process of one floor.

import { valueOfId } from '../cluster/workload.js';
import { keyOf } from '../keys.js';
import { answer } from '../measuring-process.js';
import type { FloorServer } from './floor.js';
import type { FloorName, TracedName } from './paths.js';
import type { Layout, Values } from './records.js';

export interface Serve {
  readonly floor: Exclude<FloorName, TracedName>;
  readonly keys: number;
  readonly layout: Layout;
  /** Of an answer over HTTP. */
  readonly headers: readonly string[];
}

export interface Serving extends FloorServer {
  readonly pid: number;
}

answer(async (serve: Serve): Promise<Serving> => ({ ...(await start(serve)), pid: process.pid }));

async function start({ floor, keys, layout, headers }: Serve): Promise<FloorServer> {
  const values: Values = new Map(
    Array.from({ length: keys }, (_, id) => [keyOf(id), Buffer.from(valueOfId(id, layout.valueBytes))]),
  );
  switch (floor) {
    case 'grpc-unary':
      return (await import('./floor-grpc.js')).serveUnary(values, layout);
    case 'grpc-stream':
      return (await import('./floor-grpc.js')).serveStream(values, layout);
    case 'tcp':
      return (await import('./floor-tcp.js')).serveTcp(values, layout);
    case 'node-http':
      return (await import('./http.js')).serveBare(values, headers);
  }
}
