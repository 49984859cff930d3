import { Command } from 'commander';

import { CONTENDER_NAMES, type ContenderName, KINDS } from '../contenders/kinds.js';
import { count, counts, some } from '../flags.js';
import { describeMachine, machine } from '../machine.js';
import { writeReport } from '../report.js';
import { BOUNDED_NAMES, type BoundedName } from './bounded.js';
import {
  type FootprintRow,
  footprintPart,
  type LimitRow,
  largePart,
  limitPart,
  PARTS,
  type PartName,
  type StallsRow,
  stallsPart,
} from './parts.js';

export interface Flags {
  part: PartName[];
  contender: ContenderName[];
  bounded: BoundedName[];
  entries: number;
  sets: number;
  rounds: number;
  maxBytes: number;
  values: number[];
  large?: true;
  json?: string;
}

export interface Results {
  footprint?: FootprintRow[];
  stalls?: StallsRow[];
  limit?: LimitRow[];
  large?: StallsRow[];
}

const LARGE_ENTRIES = 10_000_000;

export function memoryCommand(): Command {
  return new Command('memory')
    .description('Bytes an entry, stalls of the event loop, and limits in bytes against what a process really uses.')
    .addOption(some('--part <names>', 'footprint, stalls, limit', PARTS))
    .addOption(some('--contender <names>', 'which caches', CONTENDER_NAMES))
    .addOption(some('--bounded <names>', 'which caches, in limit', BOUNDED_NAMES))
    .option('--entries <n>', 'how many entries caches hold', count, 1_000_000)
    .option('--sets <n>', 'evicting sets that are watched for stalls', count, 5_000_000)
    .option('--rounds <n>', 'times stalls are measured; figures are medians', count, 3)
    .option('--max-bytes <n>', 'the limit that is held against RSS', count, 256 * 2 ** 20)
    .option('--values <bytes>', 'sizes of the values under that limit', counts, [64, 1_024, 16_384])
    .option(
      '--large',
      'instead: ten million entries of 64 bytes, and ten million evicting sets; ringcache-slabs by default',
    )
    .option('--json <file>', 'write everything there')
    .addHelpText('after', () => help())
    .action(run);
}

async function run(flags: Flags, command: Command): Promise<void> {
  const { part, contender, bounded, entries, sets, rounds, maxBytes, values, large, json } = flags;
  console.log(describeMachine(machine()));
  const results: Results = {};
  if (large) {
    const isChosen = command.getOptionValueSource('contender') !== 'default';
    results.large = await largePart(isChosen ? contender : ['ringcache-slabs'], {
      entries: LARGE_ENTRIES,
      sets: LARGE_ENTRIES,
    });
  } else {
    if (part.includes('footprint')) results.footprint = await footprintPart(contender, { entries, evictions: entries });
    if (part.includes('stalls')) results.stalls = await stallsPart(contender, { entries, sets, rounds });
    if (part.includes('limit')) results.limit = await limitPart(bounded, maxBytes, values);
  }
  if (json !== undefined) writeReport(json, { command: 'memory', flags, results });
}

function help(): string {
  const contenders = CONTENDER_NAMES.map((name) => `  ${name.padEnd(20)}${KINDS[name].about}`);
  return ['', 'Caches:', ...contenders].join('\n');
}
