// The ways to ask a node over gRPC.

import { randomBytes } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { cache } from '@ringcache/proto';
import { connectGrpc } from '@ringcache/transport-grpc';

import type { CacheClient } from '../cluster/client.js';
import { GROUP } from '../cluster/where.js';
import type { FloorClient } from './floor.js';

export function connectPipe(address: string): CacheClient {
  const node = connectGrpc()({ grpc: address, http: '' });
  return {
    get: (key) => node.get(GROUP, key, {}),
    put: async (key, value) => void (await node.write(GROUP, { op: 'set', key, value }, {})),
    close: () => node.close(),
  };
}

const TRACES = 1_024; // made before, so that what is measured is what carries them

/** As {@link connectPipe}, each get of a trace, which has those flags. */
export function connectTracedPipe(address: string, flags: '00' | '01'): FloorClient {
  const node = connectGrpc()({ grpc: address, http: '' });
  const traces = Array.from({ length: TRACES }, () => ({
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${flags}`,
    tracestate: '',
  }));
  let next = 0;
  return {
    get: (key) => {
      next = (next + 1) % TRACES;
      return node.get(GROUP, key, { trace: traces[next] });
    },
    close: () => node.close(),
  };
}

/** As a program in another language would, but with grpc-js. */
export function connectOurUnary(address: string): FloorClient {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = cache.CacheService.get;
  const get = (key: string) =>
    new Promise<Uint8Array>((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { group: GROUP, key }, (error, answer) => {
        if (answer === undefined) reject(error);
        else resolve(answer.value);
      });
    });
  return { get, close: async () => client.close() };
}
