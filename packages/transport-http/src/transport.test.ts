import { testTls } from '@ringcache/cache-core/testing/certificates';
import { transportContract } from '@ringcache/cache-core/testing/transport-contract';

import { connectHttp } from './connect.js';
import { dialHttp } from './dial.js';
import { serveHttp } from './server.js';

transportContract('HTTP', () => ({
  serve: async (node, again) => {
    const server = await serveHttp(node, { address: again?.http ?? '127.0.0.1:0', drainTimeoutMs: 0 });
    return { grpc: '', http: server.address, stop: () => server.close() };
  },
  dial: (cluster) => dialHttp({ cluster }),
  connect: connectHttp(),
}));

transportContract('HTTPS with client certificates', () => ({
  serve: async (node, again) => {
    const address = again?.http ?? '127.0.0.1:0';
    const tls = testTls('member');
    const server = await serveHttp(node, { address, tls, clientAuth: 'required', drainTimeoutMs: 0 });
    return { grpc: '', http: server.address, stop: () => server.close() };
  },
  // Both ends of all handshakes run in this one thread, 64 at once.
  dial: (cluster) => dialHttp({ cluster, tls: testTls('member'), connectTimeoutMs: 20_000 }),
  connect: connectHttp({ tls: testTls('client'), connectTimeoutMs: 20_000 }),
}));
