// Writes the protobuf wire format into one Buffer, front to back: each value is copied once, and nothing is measured first.
// The length of a message within a message comes before it, and is known after it: room for it is left, and the contents are
// moved in the rare case that it was too much or too little.

import { LENGTH, VARINT } from './wire-reader.js';

const BITS_32 = 2 ** 32;
const ASCII = 0x80; // characters below it take a byte
const SHORT = 40; // characters, up to which a loop is faster than the call of Buffer's own method

export class WireWriter {
  #bytes: Buffer;
  #at = 0;

  /** @param bytes room for so many to begin with; more is made when needed. */
  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, bytes));
  }

  get length(): number {
    return this.#at;
  }

  /** Forgets what was written from there on. */
  truncate(length: number): void {
    this.#at = length;
  }

  /** What was written. The writer is not to be used after. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Makes room for so many bytes: to be called before the fields that need it. */
  reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }

  /** A field of 32 bits; nothing if it is 0, as proto3 has it. Takes 6 bytes at most, for fields up to 15. */
  uint32(field: number, value: number): void {
    if (value === 0) return;
    this.#bytes[this.#at++] = (field << 3) | VARINT;
    this.#varint32(value);
  }

  /** A field of 64 bits from 0 to 2^53 - 1. Takes 9 bytes at most. @throws {RangeError} it is another number. */
  uint64(field: number, value: number): void {
    if (value === 0) return;
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a whole number from 0: ${value}`);
    this.#bytes[this.#at++] = (field << 3) | VARINT;
    let rest = value;
    for (; rest >= BITS_32; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 0x80;
    this.#varint32(rest);
  }

  /** Takes 9 bytes. */
  double(field: number, value: number): void {
    if (value === 0) return;
    this.#bytes[this.#at++] = (field << 3) | 1;
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Takes the bytes and 6 at most. */
  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.#bytes.set(value, this.space(field, value.length));
  }

  /** A field of so many bytes, 1 or more, that the caller writes: from where this says, in {@link target}. */
  space(field: number, length: number): number {
    this.#bytes[this.#at++] = (field << 3) | LENGTH;
    this.#varint32(length);
    const start = this.#at;
    this.#at += length;
    return start;
  }

  /** What is written into; another one after each {@link reserve}. */
  get target(): Buffer {
    return this.#bytes;
  }

  /** Takes 3 bytes a character and 6 at most. */
  text(field: number, value: string): void {
    if (value === '') return;
    this.repeatedText(field, value);
  }

  /** As {@link text}, for a field that may be there more than once: there '' is an entry as well. */
  repeatedText(field: number, value: string): void {
    this.#bytes[this.#at++] = (field << 3) | LENGTH;
    if (value.length > SHORT || !this.#ascii(value)) {
      this.#varint32(Buffer.byteLength(value));
      this.#at += this.#bytes.write(value, this.#at);
    }
  }

  /** Begins a message of about so many bytes within this one. @returns what {@link close} needs. */
  open(field: number, bytes: number): number {
    this.#bytes[this.#at++] = (field << 3) | LENGTH;
    const start = this.#at + sizeOfVarint(bytes);
    this.#at = start;
    // Both in one number: how much room was left is needed again, and a pair would have to be allocated.
    return start * 8 + sizeOfVarint(bytes);
  }

  close(opened: number): void {
    const start = Math.floor(opened / 8);
    const room = opened % 8;
    const length = this.#at - start;
    const needed = sizeOfVarint(length);
    if (needed !== room) {
      this.reserve(needed);
      this.#bytes.copyWithin(start + needed - room, start, this.#at);
    }
    this.#at = start - room;
    this.#varint32(length);
    this.#at += length;
  }

  /** Length and characters, if all of them take a byte. */
  #ascii(value: string): boolean {
    const { length } = value; // up to SHORT, so that it takes one byte itself
    const bytes = this.#bytes;
    const start = this.#at + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= ASCII) return false;
      bytes[start + i] = code;
    }
    bytes[this.#at] = length;
    this.#at = start + length;
    return true;
  }

  #varint32(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }
}

function sizeOfVarint(value: number): number {
  if (value < 2 ** 7) return 1;
  if (value < 2 ** 14) return 2;
  if (value < 2 ** 21) return 3;
  return value < 2 ** 28 ? 4 : 5;
}
