import { cluster } from '../model/cluster.js';
import { percent } from '../model/format.js';
import { HISTORY_MS, type HitPoint } from '../model/hit-history.js';
import { ChartFrame, linePath, xOf, yOf } from './chart-frame.js';

const GAP_MS = 20_000; // of no gets: the line is broken
const SPANS_MS = [2 * 60_000, 5 * 60_000, HISTORY_MS]; // the shortest that holds what there is

/** What part of the gets were hits, over time; where nobody asked there is no line. */
export function HitChart({ points }: { points: readonly HitPoint[] }) {
  const asked = points.filter(({ gets }) => gets > 0);
  const now = cluster.value?.at ?? 0;
  const last = asked.at(-1);
  if (last === undefined) {
    return <p class="empty">No gets since this page was opened. It keeps what it sees, for ten minutes.</p>;
  }
  const spanMs = SPANS_MS.find((ms) => now - asked[0]!.at <= ms) ?? HISTORY_MS;
  const minutes = spanMs / 60_000;
  const ticks = [
    { at: 0, text: `${minutes} min ago` },
    { at: 1, text: 'now' },
  ];
  const latest = percent(last.hits / last.gets);
  return (
    <ChartFrame title={`Hit ratio over the last ${minutes} minutes`} description={`Latest: ${latest}.`} ticks={ticks}>
      {lines(asked, now, spanMs).map((line) => (
        <path
          key={line[0]!.x}
          class="chart-data"
          d={linePath(line.length > 1 ? line : [line[0]!, { ...line[0]!, x: line[0]!.x + 3 }])}
        />
      ))}
      <circle class="chart-dot" {...dotOf(last, now, spanMs)} r="4" />
    </ChartFrame>
  );
}

function lines(points: readonly HitPoint[], now: number, spanMs: number) {
  const lines: { x: number; y: number }[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    if (point.at - before > GAP_MS) lines.push([]);
    lines.at(-1)!.push(placeOf(point, now, spanMs));
    before = point.at;
  }
  return lines;
}

function placeOf({ at, gets, hits }: HitPoint, now: number, spanMs: number) {
  return { x: xOf(Math.min(1, Math.max(0, 1 - (now - at) / spanMs))), y: yOf(hits / gets) };
}

function dotOf(point: HitPoint, now: number, spanMs: number) {
  const { x, y } = placeOf(point, now, spanMs);
  return { cx: x, cy: y };
}
