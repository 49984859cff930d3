import { Command } from 'commander';

import { durationMs } from '../cluster/duration.js';
import { count, counts, some } from '../flags.js';
import { describeMachine, machine } from '../machine.js';
import { writeReport } from '../report.js';
import { grouped, table } from '../table.js';
import { layoutOf } from './layout.js';
import { ABOUT, PATH_NAMES, type PathName } from './paths.js';
import { startPlaces } from './places.js';
import { type Row, runPath } from './run-path.js';

interface Flags {
  path: PathName[];
  callers: number[];
  valueBytes: number;
  keys: number;
  rounds: number;
  duration: number;
  json?: string;
}

export interface Measured {
  readonly path: PathName;
  readonly callers: number;
  readonly rows: readonly Row[];
}

export function transportCommand(): Command {
  return new Command('transport')
    .description('Each way into one node beside its floor: what Node.js gives at best for the same bytes.')
    .addOption(some('--path <names>', 'unary, batched, http, traces', PATH_NAMES))
    .option('--callers <counts>', 'that ask at a time, in one process', counts, [64, 256])
    .option('--value-bytes <n>', 'bytes of a value', count, 64)
    .option('--keys <n>', 'asked for by Zipf 0.99, all of them cached', count, 100_000)
    .option('--rounds <n>', 'times each is measured, after one to warm up; figures are medians', count, 5)
    .option('--duration <time>', 'of a round, as 500ms or 2s; a bare number is ms', durationMs, 2_000)
    .option('--json <file>', 'write everything there')
    .addHelpText('after', () => help())
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { path: paths, valueBytes, keys, rounds, duration, json } = flags;
  const layout = layoutOf(valueBytes);
  console.log(describeMachine(machine()));
  console.log(`${rounds} rounds of ${duration} ms, ${grouped(keys)} keys by Zipf 0.99, values of ${valueBytes} bytes.`);
  const { places, stop } = await startPlaces({ paths, layout, keys });
  const results: Measured[] = [];
  try {
    for (const path of paths) {
      for (const callers of flags.callers) {
        console.error(`${path}, ${callers} callers`);
        const rows = await runPath({ path, places, layout, keys, callers, durationMs: duration, rounds });
        results.push({ path, callers, rows });
        console.log(`\n${path}, ${callers} callers\n\n${show(rows)}`);
      }
    }
  } finally {
    await stop();
  }
  if (json !== undefined) writeReport(json, { command: 'transport', flags, results });
}

function show(rows: readonly Row[]): string {
  const floors = Object.keys(rows[0]!.timesFloor) as (keyof Row['timesFloor'])[];
  return table(
    ['end', 'gets/s', 'p99 ms', ...floors.map((floor) => `× ${floor}`)],
    rows.map(({ end, getsPerSecond, p99Ms, timesFloor }) => [
      end,
      grouped(getsPerSecond),
      grouped(p99Ms, 2),
      ...floors.map((floor) => timesFloor[floor]?.toFixed(2) ?? ''),
    ]),
  );
}

function help(): string {
  const lines = Object.entries(ABOUT).map(([name, about]) => `  ${name.padEnd(18)}${about}`);
  return ['', 'Ends:', ...lines].join('\n');
}
