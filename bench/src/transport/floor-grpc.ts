// grpc-js with nothing of ours: bytes in, bytes out, a Map in between.

import {
  Client,
  credentials,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from '@grpc/grpc-js';

import { HOST } from '../cluster/where.js';
import { KEY_BYTES } from '../keys.js';
import type { FloorClient, FloorServer } from './floor.js';
import { answerRequests, type Layout, type Values } from './records.js';
import { RecordsClient } from './records-client.js';

const UNARY = '/bench.Floor/Get';
const STREAM = '/bench.Floor/Stream';

const asItIs = (bytes: Buffer): Buffer => bytes;

export async function serveUnary(values: Values, { unaryAnswerBytes }: Layout): Promise<FloorServer> {
  const padded = new Map([...values].map(([key, value]) => [key, Buffer.concat([value], unaryAnswerBytes)]));
  const server = new Server();
  const answer: handleUnaryCall<Buffer, Buffer> = ({ request }, callback) =>
    callback(null, padded.get(request.toString('latin1', 0, KEY_BYTES)));
  server.register(UNARY, answer, asItIs, asItIs, 'unary');
  return listen(server);
}

export async function connectUnary(port: number, { valueBytes, unaryRequestBytes }: Layout): Promise<FloorClient> {
  const client = new Client(`${HOST}:${port}`, credentials.createInsecure());
  const get = (key: string) =>
    new Promise<Uint8Array>((resolve, reject) => {
      const request = Buffer.allocUnsafe(unaryRequestBytes);
      request.write(key, 'latin1');
      client.makeUnaryRequest<Buffer, Buffer>(UNARY, asItIs, asItIs, request, (error, answer) => {
        if (answer === undefined) reject(error);
        else resolve(answer.subarray(0, valueBytes));
      });
    });
  return { get, close: async () => client.close() };
}

export async function serveStream(values: Values, layout: Layout): Promise<FloorServer> {
  const server = new Server();
  const answer = (stream: ServerDuplexStream<Buffer, Buffer>) => {
    stream.on('data', (requests: Buffer) => stream.write(answerRequests(requests, values, layout)));
    stream.on('end', () => stream.end());
  };
  server.register<Buffer, Buffer>(STREAM, answer, asItIs, asItIs, 'bidi');
  return listen(server);
}

export async function connectStream(port: number, layout: Layout): Promise<FloorClient> {
  const client = new Client(`${HOST}:${port}`, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest<Buffer, Buffer>(STREAM, asItIs, asItIs);
  const records = new RecordsClient(layout, (message) => stream.write(message));
  stream.on('data', (answers: Buffer) => records.receive(answers));
  return {
    get: (key) => records.get(key),
    close: async () => {
      stream.end();
      client.close();
    },
  };
}

function listen(server: Server): Promise<FloorServer> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${HOST}:0`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve({ port });
      else reject(error);
    });
  });
}
