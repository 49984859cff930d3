// What `--json FILE` writes: everything that was measured, with the machine and the flags it was measured with.

import { writeFileSync } from 'node:fs';

import { type Machine, machine } from './machine.js';

export interface Report<Results> {
  readonly command: string;
  readonly machine: Machine;
  readonly flags: object;
  readonly results: Results;
}

/** @throws if the file can't be written. */
export function writeReport(file: string, { command, flags, results }: Omit<Report<unknown>, 'machine'>): void {
  writeFileSync(file, `${JSON.stringify({ command, machine: machine(), flags, results }, null, 2)}\n`);
}
