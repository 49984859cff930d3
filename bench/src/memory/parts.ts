// The tables of `pnpm bench memory`, one function each: ask the processes, print, return what was measured.

import type { ContenderName } from '../contenders/kinds.js';
import { interleaved, median } from '../rounds.js';
import { grouped, table } from '../table.js';
import { askFootprint, askLimit, askSets } from './ask.js';
import type { BoundedName } from './bounded.js';
import type { Footprint } from './footprint.js';
import type { LimitQuestion, LimitResult } from './limit.js';
import type { SetKeys, SetsResult } from './sets.js';

export const PARTS = ['footprint', 'stalls', 'limit'] as const;

export type PartName = (typeof PARTS)[number];

export interface FootprintRow extends Footprint {
  readonly contender: ContenderName;
}

export async function footprintPart(
  contenders: readonly ContenderName[],
  sizes: { readonly entries: number; readonly evictions: number },
): Promise<FootprintRow[]> {
  const rows: FootprintRow[] = [];
  for (const contender of contenders) {
    if (contender === 'none' || contender === 'map') continue; // they evict nothing
    console.error(`footprint: ${contender}`);
    rows.push({ contender, ...(await askFootprint({ contender, ...sizes })) });
  }
  console.log(
    `\nBytes an entry beyond key and value, ${grouped(sizes.entries)} entries, then ${grouped(sizes.evictions)} evictions\n`,
  );
  console.log(
    table(
      ['cache', 'filled', 'after evictions', 'filled, RSS', 'after evictions, RSS', 'held'],
      rows.map(({ contender, filled, churned, held }) => [
        contender,
        ...[filled.counted, churned.counted, filled.resident, churned.resident].map((bytes) => bytes?.toFixed(1) ?? ''),
        held.toFixed(2),
      ]),
    ),
  );
  return rows;
}

export interface StallsRow extends SetsResult {
  readonly contender: ContenderName;
  readonly keys: SetKeys;
  /** The longest gap less the control's. */
  readonly overControlMs: number;
}

const KEYS: Record<SetKeys, string> = { existing: 'keys that exist already', fresh: 'fresh strings' };

export async function stallsPart(
  contenders: readonly ContenderName[],
  { entries, sets, rounds }: { readonly entries: number; readonly sets: number; readonly rounds: number },
): Promise<StallsRow[]> {
  const names = withControl(contenders);
  const rows: StallsRow[] = [];
  for (const keys of Object.keys(KEYS) as SetKeys[]) {
    const results = await interleaved(names, rounds, (contender, round) => {
      console.error(`stalls, ${KEYS[keys]}, round ${round + 1} of ${rounds}: ${contender}`);
      return askSets({ contender, keys, entries, sets });
    });
    const control = middle(results.get('none')!).longestMs;
    const measured = names.map((contender) => {
      const result = middle(results.get(contender)!);
      return { contender, keys, ...result, overControlMs: result.longestMs - control };
    });
    rows.push(...measured);
    console.log(
      `\n${grouped(sets)} evicting sets at ${grouped(entries)} entries, ${KEYS[keys]}; ms, medians of ${rounds}\n`,
    );
    console.log(showStalls(measured));
  }
  return rows;
}

/** Once, at a size where a single collection of the whole heap is seconds; and what the process takes. */
export async function largePart(
  contenders: readonly ContenderName[],
  sizes: { readonly entries: number; readonly sets: number },
): Promise<StallsRow[]> {
  const rows: StallsRow[] = [];
  for (const contender of withControl(contenders)) {
    console.error(`large: ${contender}`);
    const result = await askSets({ contender, keys: 'fresh', ...sizes });
    const control = rows[0]?.longestMs ?? result.longestMs;
    rows.push({ contender, keys: 'fresh', ...result, overControlMs: result.longestMs - control });
  }
  console.log(
    `\n${grouped(sizes.sets)} evicting sets at ${grouped(sizes.entries)} entries of 64 bytes, fresh strings; ms\n`,
  );
  console.log(showStalls(rows));
  return rows;
}

/** A bare Map evicts nothing, and would take what twice as many entries take. */
function withControl(contenders: readonly ContenderName[]): ContenderName[] {
  return ['none', ...contenders.filter((name) => name !== 'none' && name !== 'map')];
}

function showStalls(rows: readonly StallsRow[]): string {
  return table(
    ['cache', 'longest stall', 'over control', 'longest without GC', 'GC total', 'GC longest', 'ns/set', 'RSS MB'],
    rows.map((row) => [
      row.contender,
      ...[row.longestMs, row.overControlMs, row.longestOtherMs, row.gcTotalMs, row.gcLongestMs].map((ms) =>
        ms.toFixed(1),
      ),
      grouped(row.nsPerSet),
      grouped(row.residentBytes / 1e6),
    ]),
  );
}

/** Each figure's own median. */
function middle(results: readonly SetsResult[]): SetsResult {
  const of = (figure: (result: SetsResult) => number) => median(results.map(figure));
  return {
    longestMs: of((result) => result.longestMs),
    longestOtherMs: of((result) => result.longestOtherMs),
    gcTotalMs: of((result) => result.gcTotalMs),
    gcLongestMs: of((result) => result.gcLongestMs),
    nsPerSet: of((result) => result.nsPerSet),
    residentBytes: of((result) => result.residentBytes),
  };
}

export interface LimitRow extends LimitQuestion, LimitResult {}

export async function limitPart(
  contenders: readonly BoundedName[],
  maxBytes: number,
  values: readonly number[],
): Promise<LimitRow[]> {
  const rows: LimitRow[] = [];
  for (const valueBytes of values) {
    for (const contender of contenders) {
      console.error(`limit, values of ${grouped(valueBytes)} bytes: ${contender}`);
      const question = { contender, maxBytes, valueBytes };
      rows.push({ ...question, ...(await askLimit(question)) });
    }
  }
  const times = (bytes: number) => (bytes / maxBytes).toFixed(2);
  console.log(
    `\nA limit of ${grouped(maxBytes / 2 ** 20)} MiB against what the process grows by, as a multiple of the limit\n`,
  );
  console.log(
    table(
      ['cache', 'value bytes', 'RSS after', 'RSS peak, garbage included'],
      rows.map(({ contender, valueBytes, residentBytes, peakBytes }) => [
        contender,
        grouped(valueBytes),
        times(residentBytes),
        times(peakBytes),
      ]),
    ),
  );
  return rows;
}
