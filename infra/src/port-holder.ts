import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

const LISTEN = '0A'; // the state column of /proc/net/tcp

/**
 * Who listens on a TCP port; undefined if nobody does or the system does not tell (another user's
 * process, as a rule). Reads /proc, else asks lsof; takes some ms on Linux, up to a second elsewhere.
 */
export function holderOfPort(port: number): PortHolder | undefined {
  return process.platform === 'linux' ? fromProc(port) : fromLsof(port);
}

function fromProc(port: number): PortHolder | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!holdsSocket(pid, inodes)) continue;
    return { pid: Number(pid), command: attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '?' };
  }
  return undefined;
}

/** Inodes of sockets that listen; a row reads `sl local:port remote:port state … uid timeout inode`, ports in hex. */
function listeningInodes(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = (attempt(() => readFileSync(table, 'utf8')) ?? '').split('\n').map((row) => row.trim().split(/\s+/));
  return rows.filter((row) => row[1]?.endsWith(`:${hexPort}`) && row[3] === LISTEN).map((row) => row[9]!);
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  const fds = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []; // refused for other users' processes
  return fds.some((fd) => {
    const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return target !== undefined && inodes.has(target.slice('socket:['.length, -1));
  });
}

function fromLsof(port: number): PortHolder | undefined {
  const lines = attempt(() =>
    execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )?.split('\n');
  const pid = lines?.find((line) => line.startsWith('p'))?.slice(1);
  const command = lines?.find((line) => line.startsWith('c'))?.slice(1);
  return pid === undefined ? undefined : { pid: Number(pid), command: command ?? '?' };
}

/** Processes come and go while they are listed, so any read here may fail; that one is then left out. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
