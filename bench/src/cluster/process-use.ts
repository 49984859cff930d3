// What a process has used, as Linux counts it: other processes can be watched without their help.

import { readFileSync } from 'node:fs';

export interface ProcessUse {
  /** In user and kernel mode together, since it began; in steps of 10 ms. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

const TICKS_PER_SECOND = 100; // USER_HZ: the kernel scales to it whatever its own tick
const USER_TICKS = 11; // fields of /proc/PID/stat, from 0, after the command's name; see proc(5)
const KERNEL_TICKS = 12;

/** Of all these processes together; undefined where there is no /proc, or one has ended. */
export function useOf(pids: readonly number[]): ProcessUse | undefined {
  let cpuSeconds = 0;
  let residentBytes = 0;
  try {
    for (const pid of pids) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold spaces and parentheses
      cpuSeconds += (Number(fields[USER_TICKS]) + Number(fields[KERNEL_TICKS])) / TICKS_PER_SECOND;
      const [, residentKb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))!;
      residentBytes += Number(residentKb) * 1024;
    }
  } catch {
    return undefined; // another system than Linux: the other figures are worth having all the same
  }
  return { cpuSeconds, residentBytes };
}
