import { Command } from 'commander';

import {
  BALANCINGS,
  CHOICES,
  type Choice,
  type ChoiceName,
  choose,
  type MeasuredBalancing,
} from '../cluster/choice.js';
import { CONTENDER_NAMES, CONTENDERS, type System } from '../cluster/contenders.js';
import { durationMs } from '../cluster/duration.js';
import { type Row as CapacityRow, runCell } from '../cluster/run-cell.js';
import type { Servers } from '../cluster/servers.js';
import { showFigures } from '../cluster/show.js';
import { MEMBERS, SYSTEM_KINDS, startRingcache } from '../cluster/systems.js';
import { count, counts, some } from '../flags.js';
import { describeMachine, machine } from '../machine.js';
import { writeReport } from '../report.js';
import { grouped } from '../table.js';
import { type RateCell, runOpen } from './run-open.js';
import { runSlow, type SlowCell } from './run-slow.js';
import { aboutSlow, showRate, showSlow } from './show.js';
import { groupsWithOrigin, LIMITS, type Limits } from './timed-groups.js';

const PARTS = ['open', 'slow-origin'] as const;

interface Flags {
  part: (typeof PARTS)[number][];
  contender: ChoiceName[];
  balancing: MeasuredBalancing[];
  limits: Limits[];
  callers: number;
  shares: number[];
  fastShare: number;
  loadingRate: number;
  slowRate: number;
  slowLoad: number;
  valueBytes: number;
  keys: number;
  rounds: number;
  duration: number;
  json?: string;
}

interface OpenResults {
  readonly capacities: readonly CapacityRow[];
  readonly cells: readonly RateCell[];
  readonly skipped: Choice['skipped'];
}

interface SlowResults {
  readonly capacities: readonly CapacityRow[];
  readonly cells: readonly SlowCell[];
}

interface Results {
  open?: OpenResults;
  slowOrigin?: SlowResults;
}

export function latencyCommand(): Command {
  return new Command('latency')
    .description(
      'How long gets take at a given rate: at shares of the highest, and beside a group whose origin is slow.',
    )
    .addOption(some('--part <names>', 'open, slow-origin', PARTS))
    .addOption(
      some('--contender <names>', 'of open; what is not installed is skipped', CHOICES).default(
        ['ringcache', 'ioredis-auto'],
        'ringcache,ioredis-auto',
      ),
    )
    .addOption(some('--balancing <names>', 'of ringcache: owner, round-robin', BALANCINGS).default(['owner'], 'owner'))
    .addOption(some('--limits <names>', 'of the slow group: patient, default', LIMITS))
    .option('--callers <n>', 'that ask at a time to find the highest rate', count, 512)
    .option('--shares <percents>', 'of the first contender’s highest rate, in open', counts, [10, 25, 50, 75])
    .option('--fast-share <percent>', 'of the highest rate, asked of the cached group in slow-origin', count, 25)
    .option('--loading-rate <n>', 'new keys a second of the group with a quick origin', count, 500)
    .option('--slow-rate <n>', 'new keys a second of the group with a slow one', count, 200)
    .option('--slow-load <time>', 'how long the slow origin takes', durationMs, 2_000)
    .option('--value-bytes <n>', 'bytes of a value', count, 64)
    .option('--keys <n>', 'asked for by Zipf 0.99, all of them cached', count, 100_000)
    .option('--rounds <n>', 'times each is measured, after one to warm up; figures are medians', count, 5)
    .option('--duration <time>', 'of a round, as 500ms or 2s; a bare number is ms', durationMs, 2_000)
    .option('--json <file>', 'write everything there')
    .addHelpText('after', () => help())
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { part, rounds, duration, keys, valueBytes, json } = flags;
  console.log(describeMachine(machine()));
  console.log(`${rounds} rounds of ${duration} ms, ${grouped(keys)} keys by Zipf 0.99, values of ${valueBytes} bytes.`);
  console.log('Latency counts from when a request was due, whatever has become of those before.');
  const results: Results = {};
  if (part.includes('open')) results.open = await runOpenPart(flags);
  if (part.includes('slow-origin')) results.slowOrigin = await runSlowPart(flags);
  if (json !== undefined) writeReport(json, { command: 'latency', flags, results });
}

async function runOpenPart(flags: Flags): Promise<OpenResults> {
  const { contender, balancing, shares, duration, valueBytes } = flags;
  const { contenders, systems, skipped } = choose({
    contender,
    balancing,
    missing: (system) => SYSTEM_KINDS[system].missing(),
  });
  for (const line of skipped) console.log(`Skipped: ${line}`);
  if (contenders.length === 0) throw new Error('There is nothing to measure.');
  const servers = new Map<System, Servers>();
  const cells: RateCell[] = [];
  try {
    for (const system of systems) servers.set(system, await SYSTEM_KINDS[system].start(valueBytes));
    const plan = { ...flags, contenders, servers, durationMs: duration };
    const capacities = await findCapacities(plan);
    const capacity = capacities[0]!.figures.getsPerSecond!;
    await runOpen({ ...plan, shares }, capacity, (cell) => {
      cells.push(cell);
      const { share, perSecond } = cell;
      console.log(`\n${share} % of ${contenders[0]}: ${grouped(perSecond)} gets/s due\n\n${showRate(cell)}`);
      for (const { contender, firstFailure } of cell.rows) {
        if (firstFailure !== undefined) console.log(`\n${contender} failed: ${firstFailure}`);
      }
    });
    return { capacities, cells, skipped };
  } finally {
    await Promise.all([...servers.values()].map((each) => each.stop()));
  }
}

async function runSlowPart(flags: Flags): Promise<SlowResults> {
  const { balancing, fastShare, loadingRate, slowRate, slowLoad, duration } = flags;
  const nodes = await startRingcache(MEMBERS, groupsWithOrigin(slowLoad, slowRate));
  const cells: SlowCell[] = [];
  try {
    const contenders = balancing.map((how) => `ringcache-${how}` as const);
    const servers = new Map<System, Servers>([['ringcache', nodes]]);
    const capacities = await findCapacities({ ...flags, contenders, servers, durationMs: duration });
    const plan = { ...flags, servers: nodes, durationMs: duration, slowLoadMs: slowLoad };
    for (const [i, how] of balancing.entries()) {
      const cached = (capacities[i]!.figures.getsPerSecond! * fastShare) / 100;
      const perSecond = { cached, loading: loadingRate, slow: slowRate };
      for (const limits of flags.limits) {
        console.error(`slow origin, limits ${limits}, balancing ${how}`);
        const cell = await runSlow({ ...plan, balancing: how, limits, perSecond });
        cells.push(cell);
        console.log(`\n${aboutSlow(cell)}\n\n${showSlow(cell)}`);
      }
    }
    return { capacities, cells };
  } finally {
    await nodes.stop();
  }
}

/** Fills the servers on the way. */
async function findCapacities(plan: Omit<Parameters<typeof runCell>[0], 'fill'>): Promise<CapacityRow[]> {
  const { callers } = plan;
  console.error(`the highest rate, ${callers} callers`);
  const rows = await runCell({ ...plan, fill: true });
  console.log(`\nclosed loop, ${callers} callers\n\n${showFigures(rows)}`);
  return rows;
}

function help(): string {
  const lines = CONTENDER_NAMES.map((name) => `  ${name.padEnd(24)}${CONTENDERS[name].about}`);
  return [
    '',
    'Contenders:',
    `  ${'none'.padEnd(24)}the generator itself, against a function that answers at once`,
    ...lines,
    '',
    'late: what of the latency passed before this process had sent the request.',
    'Limits of the slow group: patient, every load is waited for; default, those that nodes and clients come with, under which',
    'loads that take two seconds fail.',
    'CPU wait: how much of the time the process that was worst off was ready to run, and had no CPU.',
  ].join('\n');
}
