import { Command } from 'commander';

import { count, counts, some } from '../flags.js';
import { describeMachine, machine } from '../machine.js';
import { writeReport } from '../report.js';
import { grouped } from '../table.js';
import { BALANCINGS, CHOICES, type Choice, type ChoiceName, choose, type MeasuredBalancing } from './choice.js';
import { CONTENDER_NAMES, CONTENDERS, type System } from './contenders.js';
import { durationMs } from './duration.js';
import { type Row, runCell } from './run-cell.js';
import type { Servers } from './servers.js';
import { showFigures, showRatios } from './show.js';
import { SYSTEM_KINDS } from './systems.js';

interface Flags {
  contender: ChoiceName[];
  balancing: MeasuredBalancing[];
  callers: number[];
  valueBytes: number[];
  keys: number;
  rounds: number;
  duration: number;
  json?: string;
}

export interface Measured {
  readonly callers: number;
  readonly valueBytes: number;
  readonly rows: readonly Row[];
}

export function clusterCommand(): Command {
  return new Command('cluster')
    .description('Gets through three nodes, and through what else a team could take, by the same callers in turns.')
    .addOption(some('--contender <names>', 'which; what is not installed is skipped', CHOICES))
    .addOption(some('--balancing <names>', 'of ringcache: owner, round-robin', BALANCINGS))
    .option('--callers <counts>', 'that ask at a time, in one process', counts, [1, 64, 512])
    .option('--value-bytes <counts>', 'bytes of a value', counts, [64, 1_024])
    .option('--keys <n>', 'asked for by Zipf 0.99, all of them cached', count, 100_000)
    .option('--rounds <n>', 'times each is measured, after one to warm up; figures are medians', count, 5)
    .option('--duration <time>', 'of a round, as 500ms or 2s; a bare number is ms', durationMs, 2_000)
    .option('--json <file>', 'write everything there')
    .addHelpText('after', () => help())
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { contender, balancing, valueBytes, rounds, duration, json } = flags;
  const choice = choose({ contender, balancing, missing: (system) => SYSTEM_KINDS[system].missing() });
  console.log(describeMachine(machine()));
  console.log(`${rounds} rounds of ${duration} ms, ${grouped(flags.keys)} keys by Zipf 0.99, all cached.`);
  console.log('Ratios are ours / peer, within a round: more is better for gets/s, less for everything else.');
  for (const line of choice.skipped) console.log(`Skipped: ${line}`);
  if (choice.contenders.length === 0) throw new Error('There is nothing to measure.');
  const results: Measured[] = [];
  for (const bytes of valueBytes) results.push(...(await runOn(choice, bytes, flags)));
  if (json !== undefined) writeReport(json, { command: 'cluster', flags, results: { cells: results, ...choice } });
}

/** One set of servers for all numbers of callers: what they hold is the same. */
async function runOn({ contenders, systems }: Choice, valueBytes: number, flags: Flags): Promise<Measured[]> {
  const servers = new Map<System, Servers>();
  const results: Measured[] = [];
  try {
    for (const system of systems) servers.set(system, await SYSTEM_KINDS[system].start(valueBytes));
    for (const [i, callers] of flags.callers.entries()) {
      console.error(`${callers} callers, values of ${valueBytes} bytes`);
      const { rounds, keys, duration } = flags;
      const plan = { contenders, servers, rounds, keys, callers, valueBytes, durationMs: duration, fill: i === 0 };
      const rows = await runCell(plan);
      results.push({ callers, valueBytes, rows });
      console.log(`\n${callers} callers, values of ${valueBytes} bytes\n\n${showFigures(rows)}`);
      const ratios = showRatios(rows);
      if (ratios !== '') console.log(`\n${ratios}`);
    }
  } finally {
    await Promise.all([...servers.values()].map((each) => each.stop()));
  }
  return results;
}

function help(): string {
  const lines = CONTENDER_NAMES.map((name) => `  ${name.padEnd(24)}${CONTENDERS[name].about}`);
  return ['', 'Contenders:', ...lines].join('\n');
}
