import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface ProcessInfo {
  /** The file name of its program. */
  readonly command: string;
  readonly parent: number;
}

/** Of a process that runs; undefined if it does not. Reads /proc, where slim containers have no ps; else asks ps. */
export function processInfo(pid: number): ProcessInfo | undefined {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined; // it has just ended
  }
}

/** The file reads `pid (command) state parent …`, and a command may hold spaces and parentheses of its own. */
function fromProc(pid: number): ProcessInfo {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  return { command: stat.slice(open + 1, close), parent: Number(stat.slice(close + 2).split(' ')[1]) };
}

function fromPs(pid: number): ProcessInfo {
  const [parent, ...command] = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/);
  return { command: basename(command.join(' ')), parent: Number(parent) };
}

/** Ids from the parent of this process up to the task runner, turbo; the parent alone if no turbo is among them. */
export function pidsUpToTurbo(): number[] {
  const pids: number[] = [];
  for (let pid = process.ppid; pid > 1; ) {
    const info = processInfo(pid);
    if (info === undefined) break;
    pids.push(pid);
    if (info.command.startsWith('turbo')) return pids;
    pid = info.parent;
  }
  return [process.ppid];
}
