import { adminContract } from '@ringcache/cache-core/testing/admin-contract';

import { adminHttp } from './admin-client.js';
import { connectHttp } from './connect.js';
import { serveHttp } from './server.js';

adminContract('HTTP', {
  serve: async (node, admin, { door, address = '127.0.0.1:0' }) => {
    const server = await serveHttp(node, { admin, door, address, drainTimeoutMs: 0 });
    return { grpc: '', http: server.address, stop: () => server.close() };
  },
  admin: adminHttp(),
  connect: connectHttp(),
});
