// `pnpm --filter infra etcd`: the members of etcd/Procfile, until Ctrl-C. With --dev it is the etcd task of `pnpm dev`.
import { clearDevState, writeDevState } from './dev-state.js';
import { runEtcdProcfile } from './etcd-procfile.js';
import { EtcdUnavailableError } from './find-etcd.js';
import { print, runMain } from './run-main.js';
import { untilStopped } from './until-stopped.js';

runMain(process.argv.includes('--dev') ? dev : run);

async function run(): Promise<void> {
  const stopped = untilStopped();
  const etcd = await runEtcdProcfile(print);
  print(`etcd is up: ETCD_HOSTS=${etcd.hosts.join(',')}`);
  await end(etcd, stopped);
}

async function dev(): Promise<void> {
  const stopped = untilStopped();
  if (process.env.ETCD_HOSTS) {
    print(`ETCD_HOSTS is set, so no etcd is started here: ${process.env.ETCD_HOSTS}`);
    await writeDevState('etcd', { hosts: process.env.ETCD_HOSTS.split(',') });
    await stopped;
  } else {
    await devEtcd(stopped);
  }
  await clearDevState('etcd');
}

async function devEtcd(stopped: Promise<void>): Promise<void> {
  await clearDevState('etcd');
  try {
    const etcd = await runEtcdProcfile(print);
    await writeDevState('etcd', { hosts: etcd.hosts });
    await end(etcd, stopped);
  } catch (error) {
    if (!(error instanceof EtcdUnavailableError)) throw error;
    print(error.message);
    print(
      'going on without etcd: the nodes get a fixed member list (static discovery); registrar has nothing to talk to',
    );
    await writeDevState('etcd', { static: true });
    await stopped;
  }
}

async function end(etcd: Awaited<ReturnType<typeof runEtcdProcfile>>, stopped: Promise<void>): Promise<void> {
  const died = etcd.exited.then(() => 'died' as const);
  if ((await Promise.race([stopped, died])) === 'died') throw new Error('every etcd member has ended');
  await etcd.stop();
}
