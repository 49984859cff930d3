// The last task of `pnpm dev`: waits until all parts are up, and says what runs where and what to type next.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { DEV_NODES, DEV_ORIGIN } from './dev-layout.js';
import { readDevState } from './dev-state.js';
import { answers } from './etcd-member.js';
import { probeHttp } from './http-probe.js';
import { print, runMain } from './run-main.js';
import { untilStopped } from './until-stopped.js';

interface Part {
  readonly name: string;
  readonly isUp: () => Promise<boolean>;
}

const PROBE_EVERY_MS = 200;
/** How often it says what it still waits for. */
const TELL_EVERY_MS = 10_000;

const PARTS: readonly Part[] = [
  { name: 'etcd', isUp: etcdIsUp },
  { name: 'PostgreSQL', isUp: async () => (await readDevState('postgres')) !== undefined },
  { name: `student-score (${DEV_ORIGIN})`, isUp: () => accepts(DEV_ORIGIN) },
  ...DEV_NODES.map(({ member, http }) => ({
    name: `node ${member} (http://${http}/readyz)`,
    isUp: async () => (await probeHttp(`http://${http}/readyz`)) === 200,
  })),
];

runMain(async () => {
  const stopped = untilStopped();
  const stopping = new AbortController();
  void stopped.then(() => stopping.abort());
  await waitForAll(stopping.signal).catch((error: Error) => {
    if (!stopping.signal.aborted) throw error;
  });
  if (!stopping.signal.aborted) for (const line of await banner()) print(line);
  await stopped; // a task that ends would make a task runner think that something is over
});

async function waitForAll(signal: AbortSignal): Promise<void> {
  let missing = PARTS;
  for (let told = performance.now(); missing.length > 0; await sleep(PROBE_EVERY_MS, undefined, { signal })) {
    const up = await Promise.all(missing.map((part) => part.isUp()));
    missing = missing.filter((_, index) => !up[index]);
    if (missing.length === 0 || performance.now() - told < TELL_EVERY_MS) continue;
    print(`still waiting for ${missing.map((part) => part.name).join(', ')}`);
    told = performance.now();
  }
}

async function etcdIsUp(): Promise<boolean> {
  const state = await readDevState('etcd');
  if (state === undefined) return false;
  if ('static' in state) return true;
  // Hosts that were given may want TLS or a password, which is theirs to answer for: the nodes' readiness tells.
  if (process.env.ETCD_HOSTS) return true;
  return (await Promise.all(state.hosts.map((host) => answers(host)))).every(Boolean);
}

function accepts(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 1000 });
    socket.on('connect', () => resolve(true));
    for (const event of ['error', 'timeout'] as const) socket.on(event, () => resolve(false));
    socket.on('connect', () => socket.destroy()).on('timeout', () => socket.destroy());
  });
}

async function banner(): Promise<string[]> {
  const [etcd, postgres] = [await readDevState('etcd'), await readDevState('postgres')];
  const isStatic = etcd === undefined || 'static' in etcd;
  const row = (name: string, where: string) => `  ${name.padEnd(14)} ${where}`;
  return [
    '',
    pc.bold('ringcache is up'),
    ...DEV_NODES.map(({ member, http }, index) => row(`node ${index + 1}`, `gRPC ${member}   HTTP http://${http}`)),
    row('the page', `http://${DEV_NODES[0]!.http}/ui/   (any node's shows the whole cluster)`),
    row('student-score', `gRPC ${DEV_ORIGIN}`),
    row('etcd', isStatic ? 'none: the member list is fixed' : etcd.hosts.join(' ')),
    row('PostgreSQL', new URL(postgres?.url ?? 'postgres://unknown').host),
    '',
    'try:',
    pc.cyan(`  curl ${DEV_NODES[0]!.http}/v1/groups/scores/keys/张三`),
    pc.cyan('  pnpm --filter load-test single 张三'),
    isStatic ? pc.cyan(`  curl ${DEV_NODES[1]!.http}/metrics`) : pc.cyan('  pnpm --filter registrar put'),
    '',
    'Ctrl-C stops everything; pnpm dev:clean removes the data.',
    '',
  ];
}
