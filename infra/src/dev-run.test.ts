import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { freePort } from './ports.js';
import { eventually } from './testing/eventually.js';

const DEV_RUN = fileURLToPath(new URL('./dev-run.ts', import.meta.url));

/** Runs the launcher as a package's script does, with addresses given, so that it waits for no other task. */
function launch(...args: string[]) {
  const env = { ...process.env, NODE_OPTIONS: '', ETCD_HOSTS: 'http://e:1', DATABASE_URL: 'postgres://p' };
  const child = spawn(process.execPath, ['--import', 'tsx', DEV_RUN, ...args], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return { child, closed: once(child, 'close').then(([code]) => code as number), output: () => output };
}

test('the command gets its arguments and the addresses, and its exit code is passed on', async () => {
  const script = 'console.log(process.env.ETCD_HOSTS, process.env.DATABASE_URL, process.argv[1]); process.exit(7)';
  const run = launch('--wait', 'etcd,postgres', '--', process.execPath, '-e', script, 'an argument');
  expect(await run.closed).toBe(7);
  expect(run.output()).toBe('http://e:1 postgres://p an argument\n');
});

test('a port that is taken is named, and the command does not run', async () => {
  const server = createServer();
  const [free, taken] = [await freePort(), await freePort()];
  await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
  try {
    const run = launch('--name', 'node 1', '--ports', `${free},${taken}`, '--', 'echo', 'it runs');
    expect(await run.closed).toBe(1);
    expect(run.output()).toMatch(new RegExp(`^port ${taken}, which node 1 needs, is held by .*kill ${process.pid}`));
  } finally {
    server.close();
  }
});

test('signals reach the command as one, and the launcher waits for its end', async () => {
  const script = `let signals = 0;
    for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => ++signals === 1 && setTimeout(() => {
      console.log('signals', signals); process.exit(0);
    }, 300));
    console.log('ready'); setInterval(() => {}, 1000);`;
  const run = launch('--', process.execPath, '-e', script);
  await eventually(() => run.output().includes('ready'));
  for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM'] as const) run.child.kill(signal);
  expect(await run.closed).toBe(0);
  expect(run.output()).toBe('ready\nsignals 1\n');
});
