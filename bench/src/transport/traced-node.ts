// A node that records traces, and a collector that throws them away: both on this machine, as the rest of a measurement is.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Servers } from '../cluster/servers.js';
import { startRingcache } from '../cluster/systems.js';
import { HOST } from '../cluster/where.js';

export interface TracedNode {
  readonly node: Servers;
  stop(): Promise<void>;
}

/** @throws {Error} if it doesn't start; then nothing is left of it. */
export async function startTracedNode(): Promise<TracedNode> {
  const sink = createServer((request, response) => {
    request.resume().once('end', () => response.end());
  });
  await new Promise<void>((resolve) => sink.listen(0, HOST, resolve));
  const { port } = sink.address() as AddressInfo;
  try {
    const node = await startRingcache(1, {}, { tracing: { endpoint: `http://${HOST}:${port}` } });
    return {
      node,
      async stop() {
        await node.stop();
        await closed(sink);
      },
    };
  } catch (error) {
    await closed(sink);
    throw error;
  }
}

function closed(sink: Server): Promise<void> {
  sink.closeAllConnections();
  return new Promise((resolve) => sink.close(() => resolve()));
}
