// `pnpm --filter infra etcd`: the members of etcd/Procfile, until Ctrl-C. With --dev it is the etcd task of `pnpm dev`,
// which starts none where ETCD_HOSTS names one, and lets the rest go on where none can be had.
import { partsEnded } from './dev-parts.js';
import { clearDevState, writeDevState } from './dev-state.js';
import { runEtcdProcfile } from './etcd-procfile.js';
import { EtcdUnavailableError } from './find-etcd.js';
import { print, runMain } from './run-main.js';
import { untilStopped } from './until-stopped.js';

const isDev = process.argv.includes('--dev');

runMain(async () => {
  const stopped = untilStopped();
  await clearDevState('etcd');
  try {
    if (isDev && process.env.ETCD_HOSTS) await useHosts(process.env.ETCD_HOSTS, stopped);
    else await runMembers(stopped);
  } catch (error) {
    if (!isDev || !(error instanceof EtcdUnavailableError)) throw error;
    await goWithout(error, stopped);
  } finally {
    await clearDevState('etcd');
  }
});

async function useHosts(hosts: string, stopped: Promise<void>): Promise<void> {
  print(`ETCD_HOSTS is set, so no etcd is started here: ${hosts}`);
  await writeDevState('etcd', { hosts: hosts.split(',') });
  await stopped;
}

async function runMembers(stopped: Promise<void>): Promise<void> {
  const etcd = await runEtcdProcfile(print);
  print(`etcd is up: ETCD_HOSTS=${etcd.hosts.join(',')}`);
  await writeDevState('etcd', { hosts: etcd.hosts });
  const end = await Promise.race([stopped, etcd.exited.then(() => 'died' as const)]);
  if (end === 'died') throw new Error('every etcd member has ended');
  if (isDev) await partsEnded();
  await etcd.stop();
}

async function goWithout(error: EtcdUnavailableError, stopped: Promise<void>): Promise<void> {
  print(error.message);
  print('going on without etcd: the nodes take the member list of their configuration (static discovery)');
  await writeDevState('etcd', { static: true });
  await stopped;
}
