import type { GroupReport } from '@ringcache/cache-core';

import { percent } from '../model/format.js';
import type { GroupPart } from '../model/groups.js';
import { memberColour } from '../model/member-colour.js';
import { ChartFrame, linePath, xOf, yOf } from './chart-frame.js';

const FROM = 1 / 8; // of a member's present limit
const TO = 4;
const MARKS = [
  { factor: 1 / 2, name: 'half' },
  { factor: 1, name: 'now' },
  { factor: 2, name: 'twice' },
];
const TICKS = [
  { at: shareOf(FROM), text: '⅛' },
  ...MARKS.map(({ factor, name }) => ({ at: shareOf(factor), text: name })),
  { at: shareOf(TO), text: '4 ×' },
];

/**
 * What part of the requests an LRU cache would miss with more or less memory, a line a member, by its present limit: what
 * twice the memory would win, and half of it lose.
 */
export function CurveChart({ parts }: { parts: readonly GroupPart[] }) {
  const drawn = parts.filter(({ report }) => report.missRatioCurve.length > 1);
  if (drawn.length === 0) return <p class="empty">Too few requests yet to say what more memory would win.</p>;
  const colour = memberColour.value;
  return (
    <>
      <ChartFrame title="Misses by memory" description={inWords(drawn)} ticks={TICKS}>
        {MARKS.map(({ factor, name }) => (
          <line
            key={name}
            class={name === 'now' ? 'chart-mark is-now' : 'chart-mark'}
            x1={xOf(shareOf(factor))}
            x2={xOf(shareOf(factor))}
            y1={yOf(0)}
            y2={yOf(1)}
          />
        ))}
        {drawn.map(({ id, report }) => (
          <path key={id} class="chart-data" style={{ stroke: colour(id) }} d={linePath(placesOf(report))} />
        ))}
      </ChartFrame>
      <p class="note">{inWords(drawn)}</p>
    </>
  );
}

function placesOf({ missRatioCurve, maxBytes }: GroupReport) {
  return missRatioCurve
    .filter(({ bytes }) => bytes >= maxBytes * FROM && bytes <= maxBytes * TO)
    .map(({ bytes, missRatio }) => ({ x: xOf(shareOf(bytes / maxBytes)), y: yOf(missRatio) }));
}

/** Where on a logarithmic axis a multiple of the present limit stands, 0 to 1. */
function shareOf(factor: number): number {
  return Math.log(factor / FROM) / Math.log(TO / FROM);
}

/** The mean of the members that know. */
function inWords(parts: readonly GroupPart[]): string {
  const known = parts.flatMap(({ report }) => (report.hitRatioAt === undefined ? [] : [report.hitRatioAt]));
  if (known.length === 0) return 'Share of requests for owned keys that would miss, by memory.';
  const miss = (at: 'half' | 'now' | 'twice') =>
    percent(1 - known.reduce((sum, ratios) => sum + ratios[at], 0) / known.length);
  return `An LRU cache would miss ${miss('half')} with half the memory, ${miss('now')} with what there is, ${miss('twice')} with twice.`;
}
