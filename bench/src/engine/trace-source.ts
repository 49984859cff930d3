import { readIndex, type TraceEntry } from '../hit-ratio/trace-folder.js';

/** Where a trace is: what a measuring process is told. */
export interface TraceSource {
  readonly folder: string;
  readonly entry: TraceEntry;
}

/** @throws {Error} if the folder has no index, or says which traces there are if not this one. */
export function findTrace(folder: string, name: string): TraceSource {
  const index = readIndex(folder);
  const entry = index.find((each) => each.name === name);
  if (entry === undefined) {
    throw new Error(`no trace ${name} in ${folder}; there are ${index.map((each) => each.name).join(', ')}`);
  }
  return { folder, entry };
}
