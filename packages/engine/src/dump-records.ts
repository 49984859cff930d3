// The inner layer of a dump: records one after another, with nothing between them.
//
//   bytes of the key u32   bytes of the value u32   version f64   ttlMs f64 (Infinity: for ever)   key   value
//
// Keys are UTF-8. A key that UTF-8 cannot carry, as half of a surrogate pair, is UTF-16, and the highest bit of its length
// is set. Records know nothing of the blocks they travel in: a long one is in several.

import type { DumpRecord } from './dump.js';

const HEAD = 24;
const UTF16 = 0x8000_0000;
const MAX_KEY_BYTES = 2 ** 30; // as much as a string of V8's can hold
const RUN = 64 * 1024; // bytes of a run: a copy of a hundred records costs less than a hundred copies

/** Makes bytes of records. */
export class RecordWriter {
  #count = 0;

  /** How many were written. */
  get count(): number {
    return this.#count;
  }

  /**
   * The bytes of the records that have not expired, in runs of many: each is good until the next is asked for.
   * @throws {RangeError} a value of 4 GiB or more.
   */
  *runs(records: Iterable<DumpRecord>): Generator<Uint8Array, void> {
    const run = Buffer.allocUnsafeSlow(RUN);
    let end = 0;
    for (const { key, value, version, ttlMs } of records) {
      if (!(ttlMs > 0)) continue;
      this.#count++;
      const mostBytes = HEAD + key.length * 3 + value.byteLength; // 3: of UTF-8, for a code unit of UTF-16
      if (mostBytes > RUN - end && end > 0) {
        yield run.subarray(0, end);
        end = 0;
      }
      const isLong = mostBytes > RUN;
      const to = isLong ? Buffer.allocUnsafe(mostBytes - value.byteLength) : run;
      const keyAt = end + HEAD;
      const isUtf8 = isWellFormed(key);
      const keyBytes = to.write(key, keyAt, isUtf8 ? 'utf8' : 'utf16le');
      to.writeUInt32LE(isUtf8 ? keyBytes : keyBytes + UTF16, end);
      to.writeUInt32LE(value.byteLength, end + 4);
      to.writeDoubleLE(version, end + 8);
      to.writeDoubleLE(ttlMs, end + 16);
      if (isLong) {
        yield to.subarray(0, keyAt + keyBytes);
        yield value;
      } else {
        run.set(value, keyAt + keyBytes);
        end = keyAt + keyBytes + value.byteLength;
      }
    }
    if (end > 0) yield run.subarray(0, end);
  }
}

/** Puts records together from blocks. It holds one block, or as many as the record in progress takes. */
export class RecordReader {
  #parts: Buffer[] = [];
  #have = 0; // bytes in the parts
  #need = HEAD; // without so many there is nothing to be read

  #isLost = false;

  /** Nothing of a record is left over. */
  get isAtEnd(): boolean {
    return this.#have === 0;
  }

  /** It came upon a record that nobody can have written. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The records that are whole now. Their values are parts of the block. */
  push(block: Buffer): DumpRecord[] {
    this.#parts.push(block);
    this.#have += block.byteLength;
    if (this.#have < this.#need) return [];
    const bytes = this.#parts.length === 1 ? block : Buffer.concat(this.#parts);
    const records: DumpRecord[] = [];
    let at = 0;
    this.#need = HEAD;
    while (bytes.byteLength - at >= HEAD) {
      const keyWord = bytes.readUInt32LE(at);
      const keyBytes = keyWord & (UTF16 - 1);
      const keyEnd = at + HEAD + keyBytes;
      const end = keyEnd + bytes.readUInt32LE(at + 4);
      const version = bytes.readDoubleLE(at + 8);
      const ttlMs = bytes.readDoubleLE(at + 16);
      this.#isLost = !(keyBytes <= MAX_KEY_BYTES && version >= 0 && ttlMs > 0);
      if (this.#isLost) return records;
      if (end > bytes.byteLength) {
        this.#need = end - at;
        break;
      }
      const key = bytes.toString(keyWord >= UTF16 ? 'utf16le' : 'utf8', at + HEAD, keyEnd);
      records.push({ key, value: bytes.subarray(keyEnd, end), version, ttlMs });
      at = end;
    }
    this.#parts = at === bytes.byteLength ? [] : [bytes.subarray(at)];
    this.#have = bytes.byteLength - at;
    return records;
  }
}

// Every supported Node has String.prototype.isWellFormed (ES2024); TypeScript's es2023 library does not know it yet.
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
