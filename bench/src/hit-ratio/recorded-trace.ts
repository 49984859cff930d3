// Decodes one recorded trace: brotli of ids as little-endian 32-bit numbers (u32), or as zigzag differences in LEB128
// (dv); sizes, where there are any, as LEB128. Nothing is taken on trust: lengths, ranges and the ids' checksum.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

import type { Trace } from './trace.js';
import type { TraceEntry } from './trace-folder.js';

const MORE = 0x80; // set on every byte of a number but its last

/** @throws {Error} that names the file that is missing or damaged. */
export function readRecordedTrace(folder: string, entry: TraceEntry): Trace {
  const { requests, unique } = entry;
  const file = join(folder, entry.file);
  const bytes = decompressed(file);
  const ids = entry.encoding === 'u32' ? fixedWidth(bytes) : differences(bytes);
  if (ids === undefined || ids.length !== requests) throw new Error(`${file} does not hold ${requests} ids`);
  if (sha256(ids) !== entry.idsSha256) throw new Error(`${file} is damaged: its ids have another checksum`);
  if (ids.some((id) => id >= unique)) throw new Error(`${file} has ids beyond the ${unique} of its index`);
  if (entry.sizesFile === undefined) return { ids, unique };
  return { ids, unique, sizes: readSizes(join(folder, entry.sizesFile), requests) };
}

function readSizes(file: string, requests: number): Float64Array {
  const sizes = varints(decompressed(file));
  if (sizes === undefined || sizes.length !== requests) throw new Error(`${file} does not hold ${requests} sizes`);
  return sizes;
}

function decompressed(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new Error(`${file} can't be read`, { cause });
  }
  try {
    return brotliDecompressSync(bytes);
  } catch (cause) {
    throw new Error(`${file} is damaged: ${(cause as Error).message}`, { cause });
  }
}

/** undefined: not whole numbers of four bytes. */
function fixedWidth(bytes: Buffer): Uint32Array | undefined {
  if (bytes.length % 4 !== 0) return undefined;
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
}

function differences(bytes: Buffer): Uint32Array | undefined {
  const zigzags = varints(bytes);
  if (zigzags === undefined) return undefined;
  const ids = new Uint32Array(zigzags.length);
  let id = 0;
  for (let i = 0; i < ids.length; i++) {
    const zigzag = zigzags[i]!;
    id += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    ids[i] = id;
  }
  return ids;
}

/** undefined: it ends within a number. */
function varints(bytes: Buffer): Float64Array | undefined {
  const lasts = bytes.reduce((count, byte) => count + (byte < MORE ? 1 : 0), 0);
  const numbers = new Float64Array(lasts);
  let at = 0;
  let weight = 1;
  for (const byte of bytes) {
    numbers[at]! += (byte % MORE) * weight;
    weight *= MORE;
    if (byte >= MORE) continue;
    at++;
    weight = 1;
  }
  return weight === 1 ? numbers : undefined;
}

function sha256(ids: Uint32Array): string {
  const bytes = Buffer.alloc(4 * ids.length);
  for (let i = 0; i < ids.length; i++) bytes.writeUInt32LE(ids[i]!, 4 * i);
  return createHash('sha256').update(bytes).digest('hex');
}
