// A folder of recorded requests, with what others hit on them: index.json, a list of traces and how their files are
// encoded, and hit-ratios.json, a list of hits by trace, size and policy.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TraceEntry {
  readonly name: string;
  readonly requests: number;
  /** How many ids there are: 0 to this, less one. */
  readonly unique: number;
  /** Of the ids as little-endian 32-bit numbers, in hexadecimal. */
  readonly idsSha256: string;
  readonly encoding: 'u32' | 'dv';
  readonly file: string;
  /** Bytes of each request's object, where they have sizes. */
  readonly sizesFile?: string;
}

export interface Reference {
  readonly trace: string;
  readonly size: number;
  readonly unit: 'entries' | 'bytes';
  readonly policy: string;
  readonly requests: number;
  readonly hits: number;
}

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

const ENTRY: Shape = {
  name: isText,
  requests: isCount,
  unique: isCount,
  idsSha256: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  encoding: (value) => value === 'u32' || value === 'dv',
  file: isText,
  sizesFile: (value) => value === undefined || isText(value),
};

const REFERENCE: Shape = {
  trace: isText,
  size: (value) => isCount(value) && value !== 0,
  unit: (value) => value === 'entries' || value === 'bytes',
  policy: isText,
  requests: isCount,
  hits: isCount,
};

/** @throws {Error} that names the file, and the item and field that are not as they should be. */
export function readIndex(folder: string): TraceEntry[] {
  return readList(join(folder, 'index.json'), ENTRY) as TraceEntry[];
}

/** @throws {Error} like {@link readIndex}. */
export function readReferences(folder: string): Reference[] {
  return readList(join(folder, 'hit-ratios.json'), REFERENCE) as Reference[];
}

function readList(file: string, shape: Shape): unknown[] {
  const list = parse(file);
  if (!Array.isArray(list)) throw new Error(`${file} holds no list`);
  list.forEach((item: unknown, i) => {
    const fields = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    const wrong = Object.keys(shape).find((field) => !shape[field]!(fields[field]));
    if (wrong !== undefined) throw new Error(`${file}: "${wrong}" of item ${i + 1} is missing or wrong`);
  });
  return list;
}

function parse(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`${file} can't be read`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
}
