// A cache as a stream of bytes, and back: so that a process that restarts begins with what the one before it held.
//
// dump-blocks.ts has the outer layer of the format (header, checked blocks, trailer), dump-records.ts the inner one. Memory is
// bounded by a block and the largest record, however large the cache is; between blocks the event loop is free, and a block
// is made only when somebody asks for it.
//
// Nothing of a damaged dump may be used, and whether it is damaged is known for sure only at its end, where the trailer is.
// To collect what was read until then would need the whole cache in memory twice. So a dump is read two times: verifyDump()
// reads it to its end and keeps nothing; then loadEntries() reads it again, and what it yields can be used at once. A dump
// that cannot be opened twice has to be stored first, or its entries collected.

import { DumpBlocks, type DumpHeader, toBlocks } from './dump-blocks.js';
import { DumpBytes } from './dump-bytes.js';
import { DumpError } from './dump-error.js';
import { RecordReader, RecordWriter } from './dump-records.js';

/** An entry as it travels. */
export interface DumpRecord {
  readonly key: string;
  readonly value: Uint8Array;
  /** 0 or more. */
  readonly version: number;
  /** What was left to live when it was dumped, in ms, above 0; `Infinity`: does not expire. */
  readonly ttlMs: number;
}

/** What is known of a dump that was read to its end. */
export interface DumpInfo extends DumpHeader {
  readonly entries: number;
  readonly bytes: number;
}

type Stream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * The dump of these records. They are asked for while the dump is read, a block's at a time: the iteration must bear that
 * entries come and go between two of them. A record that has expired is left out.
 * @throws {RangeError} a name of more than 16 KiB, a value of 4 GiB or more.
 */
export function dumpEntries(records: Iterable<DumpRecord>, header: DumpHeader): AsyncGenerator<Uint8Array, void> {
  const writer = new RecordWriter();
  return toBlocks(header, writer.runs(records), () => writer.count);
}

/**
 * The records of a dump, which was verified before; those of a block at a time, since a million promises would take longer
 * than all the rest. A value is a part of a larger buffer: whoever keeps it copies it.
 * @throws {DumpError} as {@link verifyDump}, but perhaps only after records were yielded.
 */
export async function* loadEntries(stream: Stream): AsyncGenerator<DumpRecord[], void> {
  const source = new DumpBytes(stream);
  try {
    const blocks = new DumpBlocks(source);
    await blocks.header();
    yield* recordsOf(blocks, source);
  } finally {
    await source.close();
  }
}

/**
 * Reads a dump to its end.
 * @throws {DumpError} it is none, is of a newer version, ends too early, or is damaged; and what the stream throws.
 */
export async function verifyDump(stream: Stream): Promise<DumpInfo> {
  const source = new DumpBytes(stream);
  try {
    const blocks = new DumpBlocks(source);
    const header = await blocks.header();
    let entries = 0;
    for await (const records of recordsOf(blocks, source)) entries += records.length;
    return { ...header, entries, bytes: source.offset };
  } finally {
    await source.close();
  }
}

async function* recordsOf(blocks: DumpBlocks, source: DumpBytes): AsyncGenerator<DumpRecord[], void> {
  const reader = new RecordReader();
  let count = 0;
  for await (const block of blocks.blocks()) {
    const records = reader.push(block);
    count += records.length;
    if (reader.isLost) throw new DumpError('damaged', source.offset, `record ${count + 1} makes no sense`);
    yield records;
  }
  if (reader.isAtEnd && blocks.count === count) return;
  throw new DumpError('damaged', source.offset, `the dump holds ${count} records, and says it has ${blocks.count}`);
}
