// The outer layer of a dump: a header, and a run of bytes cut into blocks, each with a checksum that is looked at before a
// byte of it is used. All numbers are little-endian.
//
//   header    magic (8)  version u32  length u32   savedAt f64, name in UTF-8 (together: length)   checksum u32
//   block     length u32 (1 to 1 MiB)              as many bytes                                   checksum u32
//   ...
//   trailer   0 u32                                how many records there are, f64                 checksum u32
//
// A checksum is the CRC-32 of its part, and goes on from the one before it: so blocks that are missing, doubled, or in
// another order are found, and the trailer's is a checksum of the whole. The magic begins with a byte that is no text and
// ends with a line feed, as PNG's does, so that a file that was sent as text is known at once.

import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

import type { DumpBytes } from './dump-bytes.js';
import { DumpError } from './dump-error.js';

const MAGIC = Buffer.from('\x89RCDUMP\n', 'latin1');
const VERSION = 1;
const WRITTEN_BLOCK = 256 * 1024; // a tenth of a millisecond of checksum; the event loop is free between blocks
const MAX_BLOCK = 1024 * 1024; // a longer one is damage, and must not be waited for
const MAX_HEADER = 64 * 1024;
const CHECKSUM = 4;

export interface DumpHeader {
  /** What it is a dump of; at most 16 KiB of UTF-8. */
  readonly name: string;
  /** Of the wall clock, in ms since 1970. */
  readonly savedAt: number;
}

/** Puts runs of bytes into blocks. `count` is asked at the end: the trailer says how many records went before. */
export async function* toBlocks(
  header: DumpHeader,
  runs: Iterable<Uint8Array>,
  count: () => number,
): AsyncGenerator<Uint8Array> {
  const head = headOf(header);
  let checksum = crc32(head.subarray(0, -CHECKSUM));
  yield sealed(head, checksum);

  let block = newBlock();
  let end = 4;
  for (const run of runs) {
    for (let at = 0; at < run.byteLength; ) {
      const part = run.subarray(at, at + WRITTEN_BLOCK + 4 - end);
      block.set(part, end);
      at += part.byteLength;
      end += part.byteLength;
      if (end < WRITTEN_BLOCK + 4) continue;
      checksum = crc32(block.subarray(0, end), checksum);
      yield sealed(block, checksum);
      await setImmediate();
      block = newBlock();
      end = 4;
    }
  }
  if (end > 4) {
    const last = Buffer.from(block.subarray(0, end + CHECKSUM));
    last.writeUInt32LE(end - 4, 0);
    checksum = crc32(last.subarray(0, end), checksum);
    yield sealed(last, checksum);
  }
  const trailer = Buffer.alloc(12 + CHECKSUM);
  trailer.writeDoubleLE(count(), 4);
  yield sealed(trailer, crc32(trailer.subarray(0, 12), checksum));
}

function headOf({ name, savedAt }: DumpHeader): Buffer {
  const length = 8 + Buffer.byteLength(name);
  if (length > MAX_HEADER / 4) throw new RangeError(`the name of a dump may have 16 KiB, got ${length - 8} bytes`);
  const head = Buffer.alloc(16 + length + CHECKSUM);
  head.set(MAGIC);
  head.writeUInt32LE(VERSION, 8);
  head.writeUInt32LE(length, 12);
  head.writeDoubleLE(savedAt, 16);
  head.write(name, 24);
  return head;
}

/** A buffer of its own for each block: whoever takes it may keep it. */
function newBlock(): Buffer {
  const block = Buffer.allocUnsafeSlow(4 + WRITTEN_BLOCK + CHECKSUM);
  block.writeUInt32LE(WRITTEN_BLOCK, 0);
  return block;
}

function sealed(part: Buffer, checksum: number): Buffer {
  part.writeUInt32LE(checksum, part.byteLength - CHECKSUM);
  return part;
}

/** Reads what {@link toBlocks} has made, and lets out no byte that was not checked. */
export class DumpBlocks {
  readonly #source: DumpBytes;
  #checksum = 0;
  #count: number | undefined;

  constructor(source: DumpBytes) {
    this.#source = source;
  }

  /** What the trailer says; undefined until {@link blocks} has come to its end. */
  get count(): number | undefined {
    return this.#count;
  }

  /** To be read first. @throws {DumpError} */
  async header(): Promise<DumpHeader> {
    const start = await this.#source.take(16);
    if (!start.subarray(0, 8).equals(MAGIC.subarray(0, start.byteLength)) || start.byteLength === 0) {
      throw new DumpError('foreign', 0, 'this is no dump of a cache');
    }
    if (start.byteLength < 16) throw this.#truncated('in its header');
    const version = start.readUInt32LE(8);
    const length = start.readUInt32LE(12);
    if (version > VERSION) {
      throw new DumpError('newer', 8, `the dump has version ${version} of its format; this one reads up to ${VERSION}`);
    }
    if (version === 0 || length < 8 || length > MAX_HEADER) throw this.#damaged('the header makes no sense');
    const rest = await this.#checked(start, length, 'in its header', 'the checksum of the header is wrong');
    return { savedAt: rest.readDoubleLE(0), name: rest.toString('utf8', 8) };
  }

  /** The run of bytes, a block at a time, each a buffer that is not written to again. @throws {DumpError} */
  async *blocks(): AsyncGenerator<Buffer, void> {
    for (let number = 1; ; number++) {
      const what = `block ${number}`;
      const start = await this.#source.take(4);
      if (start.byteLength < 4) throw this.#truncated(`before ${what}`);
      const length = start.readUInt32LE(0);
      if (length > MAX_BLOCK) throw this.#damaged(`the length of ${what} makes no sense`);
      const isTrailer = length === 0;
      const where = isTrailer ? 'the trailer' : what;
      const wrong = `the checksum of ${where} is wrong`;
      const bytes = await this.#checked(start, isTrailer ? 8 : length, `in ${where}`, wrong);
      if (isTrailer) {
        const { offset } = this.#source;
        if ((await this.#source.take(1)).byteLength > 0) {
          throw new DumpError('damaged', offset, 'something follows the end of the dump');
        }
        this.#count = bytes.readDoubleLE(0);
        return;
      }
      yield bytes;
      await setImmediate();
    }
  }

  async #checked(start: Buffer, length: number, where: string, wrong: string): Promise<Buffer> {
    const { offset } = this.#source;
    const rest = await this.#source.take(length + CHECKSUM);
    if (rest.byteLength < length + CHECKSUM) throw this.#truncated(where);
    const bytes = rest.subarray(0, length);
    this.#checksum = crc32(bytes, crc32(start, this.#checksum));
    if (this.#checksum === rest.readUInt32LE(length)) return bytes;
    throw new DumpError('damaged', offset - start.byteLength, wrong);
  }

  #truncated(where: string): DumpError {
    return new DumpError('truncated', this.#source.offset, `the dump ends ${where}`);
  }

  #damaged(message: string): DumpError {
    return new DumpError('damaged', this.#source.offset, message);
  }
}
