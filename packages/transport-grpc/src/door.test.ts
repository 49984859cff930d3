import { credentials } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import { type Door, Group, Peers, systemClock } from '@ringcache/cache-core';
import { doorContract } from '@ringcache/cache-core/testing/door-contract';

import { cache } from '@ringcache/proto';

import { connectGrpc } from './connect.js';
import { dialGrpc } from './dial.js';
import { serveGrpc } from './server.js';

doorContract('gRPC', {
  serve: async (node, door) => {
    const server = await serveGrpc(node, { door });
    return { grpc: server.address, http: '', stop: () => server.close() };
  },
  dial: (token, served) =>
    dialGrpc({ cluster: 'default', token })({ ...served, id: 'served', weight: 1, incarnation: '' }),
  connect: (token, served) => connectGrpc({ token })(served),
});

test('hears how many keys a GetMany asks for', async () => {
  const wanted: string[] = [];
  let inside = 0;
  const door: Door = {
    admit: (_, access, group, keys) => {
      wanted.push(`${access} ${group} ${keys}`);
      inside += keys;
    },
    leave: (_, keys) => {
      inside -= keys;
    },
  };
  const self = { id: 'only', grpc: '', http: '', weight: 1 };
  const peers = new Peers({ self, dial: dialGrpc({ cluster: 'default' }) });
  const group = new Group({ name: 'g', load: (key) => Buffer.from(key), peers, clock: systemClock });
  const server = await serveGrpc({ peers, groups: new Map([['g', group]]) }, { door });
  const client = new cache.CacheClient(server.address, credentials.createInsecure());
  try {
    const { results } = await new Promise<cache.GetManyResponse>((resolve, reject) => {
      client.getMany({ group: 'g', keys: ['a', 'b', 'c'] }, (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
    expect(results).toHaveLength(3);
    expect(wanted).toEqual(['read g 3']);
    expect(inside).toBe(0);
  } finally {
    client.close();
    await server.close();
    group.close();
  }
});
