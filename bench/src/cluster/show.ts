// A cell's figures as tables: what was measured, then ours over each peer.

import { grouped, table } from '../table.js';
import { MEASURES, type Measure, type Row } from './run-cell.js';

const SHOWN: Record<Measure, { readonly heading: string; readonly text: (value: number) => string }> = {
  getsPerSecond: { heading: 'gets/s', text: (value) => grouped(value) },
  p50Ms: { heading: 'p50 ms', text: (value) => grouped(value, 2) },
  p99Ms: { heading: 'p99 ms', text: (value) => grouped(value, 2) },
  p999Ms: { heading: 'p99.9 ms', text: (value) => grouped(value, 2) },
  cpu: { heading: 'CPU s/million', text: (value) => grouped(value, 1) },
  residentBytes: { heading: 'resident MB', text: (value) => grouped(value / 1e6) },
};

const UNKNOWN = '–';
const HEADINGS = MEASURES.map((measure) => SHOWN[measure].heading);

export function showFigures(rows: readonly Row[]): string {
  return table(
    ['contender', ...HEADINGS],
    rows.map(({ contender, figures }) => [
      contender,
      ...MEASURES.map((measure) => shown(figures[measure], SHOWN[measure].text)),
    ]),
  );
}

/** Empty if there is nothing of ours, or no peer. */
export function showRatios(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ contender, timesPeer }) =>
    Object.entries(timesPeer).map(([peer, figures]) => [
      `${contender} / ${peer}`,
      ...MEASURES.map((measure) => shown(figures[measure], (ratio) => ratio.toFixed(2))),
    ]),
  );
  return lines.length === 0 ? '' : table(['ours / peer', ...HEADINGS], lines);
}

function shown(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? UNKNOWN : text(value);
}
