import { testTls } from '@ringcache/cache-core/testing/certificates';
import { transportContract } from '@ringcache/cache-core/testing/transport-contract';

import { connectGrpc } from './connect.js';
import { dialGrpc } from './dial.js';
import { serveGrpc } from './server.js';

transportContract('gRPC', () => ({
  serve: async (node, again) => {
    const server = await serveGrpc(node, { address: again?.grpc });
    return { grpc: server.address, http: '', stop: () => server.close() };
  },
  dial: (cluster) => dialGrpc({ cluster }),
  connect: connectGrpc(),
}));

transportContract('gRPC over TLS with client certificates', () => ({
  serve: async (node, again) => {
    const server = await serveGrpc(node, { address: again?.grpc, tls: testTls('member'), clientAuth: 'required' });
    return { grpc: server.address, http: '', stop: () => server.close() };
  },
  dial: (cluster) => dialGrpc({ cluster, tls: testTls('member') }),
  connect: connectGrpc({ tls: testTls('client') }),
}));
