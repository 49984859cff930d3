import { POLICY_NAMES, type PolicyName } from '@ringcache/policies';
import { Command } from 'commander';

import { count, some } from '../flags.js';
import { writeReport } from '../report.js';
import { table } from '../table.js';
import { cellName, madeUpCells, recordedCells } from './cells.js';
import { type CellResult, runCells } from './run-cells.js';
import { bestOf, comparable, EXACT, equalities, isOptimum, standings, virtualBest } from './summary.js';

interface Flags {
  traces?: string;
  trace?: string;
  policy: PolicyName[];
  size?: number;
  json?: string;
}

/** `bench hit-ratio`: how often each policy hits on recorded or made-up requests, beside what others hit. */
export function hitRatioCommand(): Command {
  return new Command('hit-ratio')
    .description('Compares hit ratios of all policies on recorded traces, or on made-up ones.')
    .option('--traces <folder>', 'a folder with index.json and hit-ratios.json; without it requests are made up')
    .option('--trace <name>', 'only this one')
    .addOption(some('--policy <names>', 'which of ours', POLICY_NAMES))
    .option('--size <n>', 'of the cache, in entries, or bytes where the trace has sizes', count)
    .option('--json <file>', 'write everything there')
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { traces, policy: policies, json } = flags;
  const cells = traces === undefined ? madeUpCells(flags) : recordedCells(traces, flags);
  if (cells.length === 0) throw new Error('there is no size to simulate: name one with --size');
  const results = await runCells(cells, {
    policies,
    withOptimum: traces === undefined,
    onProgress: (done, all, name) => progress(`${done} of ${all}: ${name}`),
  });
  progress('');
  console.log(report(results));
  if (json !== undefined) writeReport(json, { command: 'hit-ratio', flags, results: results.map(plain) });
}

/** Everything there is to say about the results, as text. */
export function report(results: readonly CellResult[]): string {
  const parts = [cellTable(results)];
  const compared = comparable(results);
  if (compared.length > 0) {
    parts.push(
      `Mean hit ratio in percent over ${compared.length} cells bounded by entries, and regret: points behind the best policy of a cell.`,
      table(
        ['policy', 'mean', 'worst regret', 'in'],
        standings(compared).map(({ policy, mean, worstRegret, worstCell }) => [
          policy,
          percent(mean),
          isOptimum(policy) ? '' : percent(worstRegret),
          isOptimum(policy) ? '' : worstCell,
        ]),
      ),
      `The best policy of each cell, which nobody knows beforehand: ${percent(virtualBest(compared))}.`,
    );
  }
  const equal = equalities(results);
  if (equal.length > 0)
    parts.push(`Where definitions agree hits must be equal, each one:\n${equal.map(equalityLine).join('\n')}`);
  return parts.join('\n\n');
}

/** Ours, then those of the others that are not the same thing again. */
function cellTable(results: readonly CellResult[]): string {
  const ours = [...(results[0]?.hits.keys() ?? [])];
  const again = new Set(ours.map((policy) => EXACT[policy]));
  const others = [...new Set(results.flatMap(({ references }) => [...references.keys()]))];
  const shown = others.filter((policy) => !again.has(policy));
  return table(
    ['hit ratio, %', ...ours, ...shown, 'best', 'who'],
    results.map((result) => {
      const ratio = (hits: number | undefined) => (hits === undefined ? '' : percent(hits / result.requests));
      const best = bestOf(result);
      return [
        cellName(result.cell),
        ...ours.map((policy) => ratio(result.hits.get(policy))),
        ...shown.map((policy) => ratio(result.references.get(policy))),
        ratio(best.hits),
        best.policy,
      ];
    }),
  );
}

function equalityLine({ policy, reference, equal, total, differences }: ReturnType<typeof equalities>[number]): string {
  const others = differences.map(({ cell, hits }) => `${cell} ${hits > 0 ? '+' : ''}${hits}`);
  return `${policy} = ${reference}: ${equal} of ${total}${others.length > 0 ? `; not ${others.join(', ')}` : ''}`;
}

function percent(ratio: number): string {
  return (100 * ratio).toFixed(2);
}

function plain({ cell, requests, hits, references }: CellResult) {
  const { trace, size, unit } = cell;
  return { trace, size, unit, requests, hits: Object.fromEntries(hits), references: Object.fromEntries(references) };
}

/** On a terminal, in one line that is written over; '' wipes it. Elsewhere nothing. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
