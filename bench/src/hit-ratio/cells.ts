// What is to be simulated: a cell is a trace and the size of a cache, with what others hit there.

import { MADE_UP_NAMES, MADE_UP_SIZES, type MadeUpName } from './made-up-traces.js';
import { type Reference, readIndex, readReferences, type TraceEntry } from './trace-folder.js';

/** Where a process gets the requests from. */
export type TraceSource =
  | { readonly kind: 'recorded'; readonly folder: string; readonly entry: TraceEntry }
  | { readonly kind: 'made-up'; readonly name: MadeUpName };

export interface Cell {
  readonly trace: string;
  readonly source: TraceSource;
  /** In entries, or in bytes where the trace has sizes. */
  readonly size: number;
  readonly unit: 'entries' | 'bytes';
  /** Hits of others, by their names. */
  readonly references: ReadonlyMap<string, number>;
  /** Requests of a recorded trace; of a made-up one known when it is made. */
  readonly requests: number | undefined;
}

export interface Choice {
  /** Of the trace; by default all. */
  readonly trace?: string | undefined;
  /** By default all that there are references for. */
  readonly size?: number | undefined;
}

/**
 * The cells of a folder of recorded traces.
 * @throws {Error} if the folder is not as it should be, or has no trace of that name.
 */
export function recordedCells(folder: string, choice: Choice): Cell[] {
  const references = readReferences(folder);
  const entries = chosen(readIndex(folder), ({ name }) => name, choice.trace);
  return entries.flatMap((entry) => {
    const own = references.filter(({ trace }) => trace === entry.name);
    const sizes = choice.size === undefined ? [...new Set(own.map(({ size }) => size))] : [choice.size];
    return sizes.map((size) => recordedCell(folder, entry, size, own));
  });
}

/** @throws {Error} if there is none of that name. */
export function madeUpCells(choice: Choice): Cell[] {
  const sizes = choice.size === undefined ? MADE_UP_SIZES : [choice.size];
  return chosen(MADE_UP_NAMES, (name) => name, choice.trace).flatMap((name) =>
    sizes.map((size) => ({
      trace: name,
      source: { kind: 'made-up', name },
      size,
      unit: 'entries',
      references: new Map(),
      requests: undefined,
    })),
  );
}

export function cellName({ trace, size }: Pick<Cell, 'trace' | 'size'>): string {
  return `${trace}@${size}`;
}

function recordedCell(folder: string, entry: TraceEntry, size: number, references: readonly Reference[]): Cell {
  const unit = entry.sizesFile === undefined ? 'entries' : 'bytes';
  const known = references.filter((reference) => reference.size === size && reference.unit === unit);
  const odd = known.find(({ requests }) => requests !== entry.requests);
  if (odd !== undefined)
    throw new Error(`${entry.name} has ${entry.requests} requests, its hit ratios ${odd.requests}`);
  return {
    trace: entry.name,
    source: { kind: 'recorded', folder, entry },
    size,
    unit,
    references: new Map(known.map(({ policy, hits }) => [policy, hits])),
    requests: entry.requests,
  };
}

function chosen<Item>(all: readonly Item[], nameOf: (item: Item) => string, name: string | undefined): readonly Item[] {
  if (name === undefined) return all;
  const found = all.filter((item) => nameOf(item) === name);
  if (found.length === 0) throw new Error(`there is no trace ${name}; there are ${all.map(nameOf).join(', ')}`);
  return found;
}
