import { Command, InvalidArgumentError } from 'commander';

import { durationMs } from '../cluster/duration.js';
import { count, some } from '../flags.js';
import { writeReport } from '../report.js';
import { grouped, table } from '../table.js';
import { HOT_SHARE, type Load, type Outcome } from './ask-cluster.js';
import { reliefOf } from './relief.js';
import { RULE_NAMES, type RuleName, ruleOf } from './rules.js';
import { runRules } from './run-rules.js';

interface Flags extends Omit<Load, 'hotTtlMs'> {
  rule: RuleName[];
  hotTtl: number;
  json?: string;
}

const MIB = 2 ** 20;

/** `bench hot-keys`: how much copies of popular keys relieve the owners of those. */
export function hotKeysCommand(): Command {
  return new Command('hot-keys')
    .description('What owners of popular keys are asked for, with and without copies of those on the nodes that ask.')
    .addOption(some('--rule <names>', 'which fetches leave a copy', RULE_NAMES))
    .option('--nodes <n>', 'in one process, each asked as often as the others', count, 10)
    .option('--keys <n>', 'that there are', count, 100_000)
    .option('--gets <n>', 'of all clients together', count, 2_000_000)
    .option('--rate <n>', 'of those a second; time is made up', count, 50_000)
    .option('--exponent <s>', "of Zipf's law, by which keys are asked for", exponent, 0.99)
    .option('--value-bytes <n>', 'bytes of a value', count, 1_024)
    .option('--max-bytes <n>', "of a node's group; copies get an eighth", count, 64 * MIB)
    .option('--hot-ttl <time>', 'a copy lives, as 500ms or 2s', durationMs, 10_000)
    .option('--json <file>', 'write everything there')
    .addHelpText('after', () => help())
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { rule: rules, hotTtl: hotTtlMs, json, ...rest } = flags;
  const load: Load = { ...rest, hotTtlMs };
  console.log(about(load));
  const outcomes = await runRules(rules, load);
  console.log(`\n${show(outcomes, load)}`);
  const results = outcomes.map((outcome) => ({ ...outcome, ...reliefOf(outcome.serves, load.gets) }));
  if (json !== undefined) writeReport(json, { command: 'hot-keys', flags, results });
}

function about({ nodes, keys, gets, rate, exponent, valueBytes, maxBytes, hotTtlMs }: Load): string {
  return (
    `${grouped(gets)} gets at ${grouped(rate)}/s over ${nodes} nodes, ${grouped(keys)} keys by Zipf ${exponent}, ` +
    `values of ${grouped(valueBytes)} bytes; copies live ${grouped(hotTtlMs)} ms, in ${mib(maxBytes * HOT_SHARE)} MiB of ${mib(maxBytes)}.`
  );
}

function show(outcomes: readonly Outcome[], { gets }: Load): string {
  const without = outcomes.find(({ rule }) => rule === 'none');
  const busiestWithout = without === undefined ? 0 : reliefOf(without.serves, gets).busiest;
  return table(
    [
      'copies',
      'busiest owner serves',
      'relieved by',
      'of all serves',
      'max/mean',
      'fetches/get',
      'hot hits/get',
      'copies a node',
      'MiB',
    ],
    outcomes.map(({ rule, serves, hotHits, copies, copyBytes }) => {
      const { busiest, busiestShare, maxOverMean, fetchesPerGet } = reliefOf(serves, gets);
      const isCompared = busiestWithout > 0 && rule !== 'none';
      return [
        rule,
        grouped(busiest),
        isCompared ? percent(1 - busiest / busiestWithout) : '',
        percent(busiestShare),
        grouped(maxOverMean, 2),
        grouped(fetchesPerGet, 3),
        grouped(hotHits / gets, 3),
        grouped(copies),
        mib(copyBytes),
      ];
    }),
  );
}

function percent(ratio: number): string {
  return `${grouped(100 * ratio, 1)} %`;
}

function mib(bytes: number): string {
  return grouped(bytes / MIB, 1);
}

function exponent(text: string): number {
  const n = Number(text);
  if (n > 0 && n < 10) return n;
  throw new InvalidArgumentError('must be a number above 0 and below 10.');
}

function help(): string {
  const lines = RULE_NAMES.map((name) => `  ${name.padEnd(12)}${ruleOf(name).about}`);
  return ['', 'Copies:', ...lines].join('\n');
}
