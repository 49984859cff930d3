import { Command, Option } from 'commander';

import { CLOCKS, type Clock } from '../clock.js';
import { CONTENDER_NAMES, type ContenderName, KINDS } from '../contenders/kinds.js';
import { count, counts, some } from '../flags.js';
import { describeMachine, machine } from '../machine.js';
import { writeReport } from '../report.js';
import { grouped, table } from '../table.js';
import { type Cell, cellsOf, KEY_KINDS, type KeyKind, WORKLOADS, type Workload } from './cells.js';
import { REFERENCES, type Row, runCell } from './run-cell.js';
import { findTrace } from './trace-source.js';

interface Flags {
  workload: Workload[];
  keys: KeyKind[];
  entries: number[];
  contender: ContenderName[];
  rounds: number;
  requests: number;
  warmUp: number;
  clock: Clock;
  large?: true;
  traces?: string;
  trace: string;
  json?: string;
}

export interface Measured extends Cell {
  readonly rows: readonly Row[];
}

const LARGE_ENTRIES = 10_000_000;
const TRACE_ENTRIES_SHARE = 0.1; // of a trace's keys: where policies differ and most requests still hit

export function engineCommand(): Command {
  return new Command('engine')
    .description('Times caches side by side, each in a process of its own, in interleaved rounds.')
    .addOption(some('--workload <names>', 'zipf, trace, hits, sets, ttl', names(WORKLOADS)))
    .addOption(some('--keys <kinds>', 'repeated, fresh, bytes', names(KEY_KINDS)))
    .option('--entries <counts>', 'how many entries caches hold', counts, [10_000, 1_000_000])
    .option('--large', 'ten million entries as well: needs 20 GB and half an hour')
    .addOption(some('--contender <names>', 'which caches; ratios need what they are against', CONTENDER_NAMES))
    .option('--rounds <n>', 'times each cache runs; figures are medians', count, 5)
    .option('--requests <n>', 'requests in a round', count, 1_000_000)
    .option('--warm-up <n>', 'requests before the first round, at least', count, 1_000_000)
    .addOption(
      new Option('--clock <name>', 'cpu: on a busy Linux machine, the time a thread had')
        .choices(CLOCKS)
        .default('wall'),
    )
    .option('--traces <folder>', 'real traces: a folder with an index.json')
    .option('--trace <name>', 'which of them', 'oltp')
    .option('--json <file>', 'write everything there')
    .addHelpText('after', () => help())
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { workload, keys, contender, rounds, requests, warmUp, clock, large, traces, trace: name, json } = flags;
  const trace = traces === undefined ? undefined : findTrace(traces, name);
  const cells = cellsOf({
    workloads: workload,
    keys,
    entries: large ? [...flags.entries, LARGE_ENTRIES] : flags.entries,
    traceEntries: trace && Math.max(1, Math.round(trace.entry.unique * TRACE_ENTRIES_SHARE)),
  });
  console.log(describeMachine(machine()));
  console.log(`${rounds} rounds of ${grouped(requests)} requests; ratios are without the loop's own time ("none").`);
  if (trace === undefined && workload.includes('trace')) console.error('No --traces: that workload is left out.');
  if (cells.length === 0) throw new Error('These workloads and keys do not go together: there is nothing to measure.');
  const results: Measured[] = [];
  for (const [at, cell] of cells.entries()) {
    console.error(`${at + 1} of ${cells.length}: ${titleOf(cell, name)}`);
    const rows = await runCell(cell, { contenders: contender, rounds, requests, warmUp, clock, trace });
    results.push({ ...cell, rows });
    console.log(`\n${titleOf(cell, name)}\n\n${show(rows)}`);
  }
  if (json !== undefined) writeReport(json, { command: 'engine', flags, results });
}

function titleOf({ workload, keys, entries }: Cell, trace: string): string {
  return `${workload === 'trace' ? `trace ${trace}` : workload}, ${keys} keys, ${grouped(entries)} entries`;
}

function show(rows: readonly Row[]): string {
  return table(
    ['cache', 'ns/op', 'hit ratio', ...REFERENCES.map((name) => `× ${name}`)],
    rows.map(({ contender, nsPerRequest, hitRatio, timesAsFast }) => [
      contender,
      grouped(nsPerRequest, 1),
      hitRatio.toFixed(4),
      ...REFERENCES.map((name) => timesAsFast[name]?.toFixed(2) ?? ''),
    ]),
  );
}

function help(): string {
  const list = (of: Record<string, string>) =>
    Object.entries(of).map(([name, about]) => `  ${name.padEnd(20)}${about}`);
  const contenders = Object.fromEntries(CONTENDER_NAMES.map((name) => [name, KINDS[name].about]));
  return ['', 'Workloads:', ...list(WORKLOADS), 'Keys:', ...list(KEY_KINDS), 'Caches:', ...list(contenders)].join('\n');
}

function names<Name extends string>(of: Record<Name, unknown>): Name[] {
  return Object.keys(of) as Name[];
}
