// A member as a process of its own, for tests that kill or stop it: `member-process.ts <hosts> <cluster> <ttlMs> <id>`.
// Prints what happens to its registration, a line of JSON each. Leaves at SIGTERM.

import { etcdDiscovery } from '../etcd-discovery.js';
import { keepRegistered } from './keep-registered.js';
import { viewMember } from './view-member.js';

const [hosts = '', cluster = '', ttlMs, id = ''] = process.argv.slice(2);
const discovery = etcdDiscovery({ hosts: hosts.split(','), cluster, ttlMs: Number(ttlMs) });
const server = setInterval(() => {}, 60_000); // stands for what keeps a real one alive: a registration does not
process.once('SIGTERM', () => {
  clearInterval(server);
  discovery.close();
});
const views = discovery.views({ onEvent: (event) => console.log(JSON.stringify(event)) });
await keepRegistered(views, viewMember(id, String(process.pid)));
