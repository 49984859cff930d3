// The records over a bare socket: what gRPC and HTTP/2 cost is the distance from here to the bare stream.

import { connect, createServer } from 'node:net';

import { HOST } from '../cluster/where.js';
import type { FloorClient, FloorServer } from './floor.js';
import { listenAnywhere } from './listen.js';
import { answerRequests, type Layout, type Values, WholeRecords } from './records.js';
import { RecordsClient } from './records-client.js';

export async function serveTcp(values: Values, layout: Layout): Promise<FloorServer> {
  const server = createServer({ noDelay: true }, (socket) => {
    const records = new WholeRecords(layout.requestBytes);
    socket.on('data', (chunk) => {
      const whole = records.push(chunk);
      if (whole.length > 0) socket.write(answerRequests(whole, values, layout));
    });
    socket.on('error', () => socket.destroy()); // the client ended; it has its answers
  });
  return listenAnywhere(server);
}

export async function connectTcp(port: number, layout: Layout): Promise<FloorClient> {
  const socket = connect({ port, host: HOST, noDelay: true });
  const client = new RecordsClient(layout, (message) => socket.write(message));
  const records = new WholeRecords(layout.answerBytes);
  socket.on('data', (chunk) => client.receive(records.push(chunk)));
  return { get: (key) => client.get(key), close: async () => void socket.destroy() };
}
