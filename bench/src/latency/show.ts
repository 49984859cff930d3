import { grouped, table } from '../table.js';
import type { RateCell, Row } from './run-open.js';
import { FAST_GROUPS, type FastRow, type Ratio, type SlowCell } from './run-slow.js';
import type { Times } from './times.js';

const FIGURES: Record<keyof Times, string> = { p50Ms: 'p50', p99Ms: 'p99', p999Ms: 'p99.9', maxMs: 'max' };
const FIGURE_KEYS = Object.keys(FIGURES) as (keyof Times)[];

const UNKNOWN = '–';

export function showRate({ rows }: RateCell): string {
  return table(
    [
      'contender',
      ...FIGURE_KEYS.map((key) => `${FIGURES[key]} ms`),
      'late p50 ms',
      'late p99 ms',
      'CPU s/million',
      'CPU wait %',
      'failed',
    ],
    rows.map(({ contender, latency, lateness, cpu, cpuWait, failed }: Row) => [
      contender,
      ...FIGURE_KEYS.map((key) => grouped(latency[key], 2)),
      grouped(lateness.p50Ms, 2),
      grouped(lateness.p99Ms, 2),
      cpu === undefined ? UNKNOWN : grouped(cpu, 1),
      cpuWait === undefined ? UNKNOWN : grouped(100 * cpuWait),
      grouped(failed),
    ]),
  );
}

export function showSlow({ rows }: SlowCell): string {
  const line = ({ group, alone, beside, ratio, noise }: FastRow, key: keyof Times) => [
    `${group}, ${FIGURES[key]} ms`,
    grouped(alone[key], 2),
    grouped(beside[key], 2),
    shownRatio(ratio[key]),
    shownRatio(noise[key]),
  ];
  const failed = ({ group, failedAlone, failedBeside }: FastRow) => [
    `${group}, failed`,
    grouped(failedAlone),
    grouped(failedBeside),
  ];
  return table(
    ['group', 'alone', 'beside', 'beside / alone', 'alone / alone'],
    rows.flatMap((row) => [...FIGURE_KEYS.map((key) => line(row, key)), failed(row)]),
  );
}

/** What there is to know beside the table. */
export function aboutSlow({ balancing, limits, perSecond, slow, firstFailure }: SlowCell): string {
  const rates = FAST_GROUPS.map((group) => `${group} ${grouped(perSecond[group])}`).join(', ');
  const { latency, due, failed, mostInFlight } = slow;
  const seen =
    failed === due ? 'none was answered' : `p50 ${grouped(latency.p50Ms)} ms, p99 ${grouped(latency.p99Ms)} ms`;
  const lines = [
    `slow origin, limits ${limits}, balancing ${balancing}`,
    '',
    `Gets a second: ${rates}; beside them slow ${grouped(perSecond.slow)}, ${grouped(mostInFlight)} in flight at most:`,
    `${grouped(failed)} of ${grouped(due)} failed, ${seen}.`,
  ];
  if (slow.firstFailure !== undefined) lines.push(`slow failed: ${slow.firstFailure}`);
  if (firstFailure !== undefined) lines.push(`A fast group failed: ${firstFailure}`);
  return lines.join('\n');
}

function shownRatio({ median, least, most }: Ratio): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}
