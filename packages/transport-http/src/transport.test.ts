import { transportContract } from '@ringcache/cache-core/testing/transport-contract';

import { connectHttp } from './connect.js';
import { dialHttp } from './dial.js';
import { serveHttp } from './server.js';

transportContract('HTTP', () => ({
  serve: async (node, again) => {
    const server = await serveHttp(node, { address: again?.http ?? '127.0.0.1:0', drainTimeoutMs: 0 });
    return { grpc: '', http: server.address, stop: () => server.close() };
  },
  dial: dialHttp(),
  connect: connectHttp(),
}));
