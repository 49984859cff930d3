import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { EtcdProcess } from './etcd-member.js';
import { findEtcd } from './find-etcd.js';
import { requirePorts } from './ports.js';
import { flagOf, type ProcfileEntry, parseProcfile } from './procfile.js';

export interface RunningEtcd {
  /** Every member's `http://127.0.0.1:port`. */
  readonly hosts: string[];
  /** Resolves when the last member has ended. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

const PROCFILE = fileURLToPath(new URL('../etcd/Procfile', import.meta.url));
const COLOURS = [pc.cyan, pc.magenta, pc.yellow, pc.blue, pc.green];
const OTHER_ETCD = 'set ETCD_HOSTS to the etcd that runs there';

/**
 * Runs the etcd members of a Procfile; resolves when each of them answers. A member that ends later is reported, and
 * the others go on: so one can be killed to see what that does.
 * @param print gets each line, with the member's name before it in the member's colour.
 * @throws {PortTakenError}, {EtcdUnavailableError}
 */
export async function runEtcdProcfile(print: (line: string) => void, procfile = PROCFILE): Promise<RunningEtcd> {
  const entries = parseProcfile(await readFile(procfile, 'utf8'));
  for (const entry of entries) await requirePorts(portsOf(entry), `etcd member ${entry.name}`, OTHER_ETCD);
  const command = await findEtcd({ log: print });
  const cwd = dirname(procfile);

  let stopping = false;
  const members = entries.map((entry, index) => {
    const prefix = COLOURS[index % COLOURS.length]!(
      `${entry.name.padEnd(Math.max(...entries.map((e) => e.name.length)))} |`,
    );
    const log = (line: string) => stopping || print(`${prefix} ${line}`); // each would complain of the others' end
    const client = required(entry, '--advertise-client-urls');
    const member = new EtcdProcess({
      name: entry.name,
      client,
      command,
      args: entry.args,
      cwd,
      log,
      hasQuorum: () => true,
    });
    return { member, log, dataDir: resolve(cwd, required(entry, '--data-dir')) };
  });
  for (const { member, dataDir } of members) {
    await mkdir(dirname(dataDir), { recursive: true });
    await mkdir(dataDir, { recursive: true, mode: 0o700 }); // etcd warns if others can read it
    member.spawn();
  }
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(members.map(({ member }) => member.end()));
  };
  try {
    await Promise.all(members.map(({ member }) => member.ready()));
  } catch (error) {
    await stop();
    throw error;
  }
  for (const { member, log } of members) {
    log(`serves ${member.client} (pid ${member.pid})`);
    void member.exited.then(() => log('has ended; the other members go on'));
  }
  const exited = Promise.all(members.map(({ member }) => member.exited)).then(() => undefined);
  return { hosts: members.map(({ member }) => member.client), exited, stop };
}

function portsOf(entry: ProcfileEntry): number[] {
  const urls = [required(entry, '--listen-client-urls'), required(entry, '--listen-peer-urls')];
  return urls.flatMap((list) => list.split(',')).map((url) => Number(new URL(url).port));
}

function required(entry: ProcfileEntry, flag: string): string {
  const value = flagOf(entry, flag);
  if (value === undefined) throw new Error(`Procfile, ${entry.name}: ${flag} is missing`);
  return value;
}
