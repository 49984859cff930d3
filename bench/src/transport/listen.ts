import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

import { HOST } from '../cluster/where.js';
import type { FloorServer } from './floor.js';

/** On a port that is free. */
export async function listenAnywhere(server: Server): Promise<FloorServer> {
  server.listen(0, HOST);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}
