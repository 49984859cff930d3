import { adminContract } from '@ringcache/cache-core/testing/admin-contract';

import { adminGrpc } from './admin-client.js';
import { connectGrpc } from './connect.js';
import { serveGrpc } from './server.js';

adminContract('gRPC', {
  serve: async (node, admin, options) => {
    const server = await serveGrpc(node, { admin, ...options });
    return { grpc: server.address, http: '', stop: () => server.close() };
  },
  admin: adminGrpc(),
  connect: connectGrpc(),
});
