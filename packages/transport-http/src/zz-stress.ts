import { Group, Peers, systemClock } from '@ringcache/cache-core';
import { serveHttp } from './server.js';
import { dialHttp } from './dial.js';
const self = { id: 's', grpc: '', http: '', weight: 1 };
for (let r = 0; r < 25; r++) {
  const peers = new Peers({ self, dial: () => { throw 0; }, replicas: 16 });
  const group = new Group({ name: 'g', load: async () => { await new Promise(r => setTimeout(r, 20)); return Buffer.from('v'); }, peers, clock: systemClock });
  const server = await serveHttp({ peers, groups: new Map([['g', group]]) }, {drainTimeoutMs: 0});
  const peer = dialHttp()({ ...self, http: server.address });
  const t = performance.now(); const c = process.cpuUsage();
  const res = await Promise.allSettled(Array.from({ length: 1000 }, () => peer.fetch('g', 'k', { timeoutMs: 5000 })));
  const u = process.cpuUsage(c);
  console.log(Math.round(performance.now() - t), 'ms wall', Math.round((u.user + u.system) / 1000), 'ms cpu', res.filter(x => x.status === 'rejected').length, 'failed');
  await peer.close(); await server.close(); group.close(); await peers.close();
}
