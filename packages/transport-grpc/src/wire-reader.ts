// Reads the protobuf wire format from one Buffer, in place: https://protobuf.dev/programming-guides/encoding/.

const MAX_VARINT_BYTES = 10;
const MAX_SAFE_HIGH = 2 ** 21; // of 64 bits, what the high 32 must stay below to be a safe integer
const BITS_32 = 2 ** 32;

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

export class WireReader {
  readonly bytes: Buffer;
  at: number;
  /** Where the message, or the part of it that is read now, ends. */
  end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** The low 32 bits of a number, unsigned. @throws {RangeError} it has no end. */
  uint32(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = at < this.end ? bytes[at++]! : 0x80;
    let value = byte & 0x7f;
    if (byte >= 0x80) {
      for (let shift = 7; byte >= 0x80; shift += 7) {
        if (at >= this.end || shift >= 7 * MAX_VARINT_BYTES) throw new RangeError('a number has no end');
        byte = bytes[at++]!;
        if (shift < 32) value |= (byte & 0x7f) << shift;
      }
      value >>>= 0;
    }
    this.at = at;
    return value;
  }

  /** A number of 64 bits, unsigned. @throws {RangeError} it has no end, or is above 2^53 - 1. */
  uint64(): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < MAX_VARINT_BYTES && this.at < this.end; i++) {
      const byte = this.bytes[this.at++]!;
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * i - 32);
      if (byte >= 0x80) continue;
      if (high >>> 0 >= MAX_SAFE_HIGH) throw new RangeError('a number is above 2^53 - 1');
      return (high >>> 0) * BITS_32 + (low >>> 0);
    }
    throw new RangeError('a number has no end');
  }

  double(): number {
    this.#need(8);
    const value = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  /**
   * Passes over the contents of a field that says how long it is. @returns where they begin; they end at {@link at}.
   * @throws {RangeError} longer than what holds it.
   */
  span(): number {
    const end = this.#contentsEnd();
    const start = this.at;
    this.at = end;
    return start;
  }

  /** A view on the bytes of such a field. @throws {RangeError} longer than what holds it. */
  view(): Buffer {
    const start = this.span();
    return this.bytes.subarray(start, this.at);
  }

  /** A string, what is no UTF-8 in it replaced by U+FFFD. */
  text(): string {
    const end = this.#contentsEnd();
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  /** As {@link text}; the string that is given, if the bytes say the same: the names of a batch are mostly one. */
  textLike(known: string): string {
    const end = this.#contentsEnd();
    const { length } = known;
    let same = end - this.at === length;
    for (let i = 0; same && i < length; i++) {
      const byte = this.bytes[this.at + i]!;
      same = byte < 0x80 && byte === known.charCodeAt(i);
    }
    const text = same ? known : this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  /** Begins a message within this one. @returns where the outer one ends, for {@link leave}. */
  enter(): number {
    const end = this.#contentsEnd();
    const outer = this.end;
    this.end = end;
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** Passes over a field that is not known here. @throws {RangeError} no such type, or longer than what holds it. */
  skip(type: number): void {
    if (type === VARINT) this.uint32();
    else if (type === LENGTH) this.at = this.#contentsEnd();
    else if (type === FIXED64 || type === FIXED32) {
      const length = type === FIXED64 ? 8 : 4;
      this.#need(length);
      this.at += length;
    } else throw new RangeError(`no such wire type: ${type}`);
  }

  #contentsEnd(): number {
    const length = this.uint32();
    this.#need(length);
    return this.at + length;
  }

  #need(length: number): void {
    if (this.at + length > this.end) throw new RangeError('a field is longer than its message');
  }
}

/** Returns what a field of a message begins with. */
export function at(field: number, type: number): number {
  return (field << 3) | type;
}

/** Reads what a field begins with. @throws {RangeError} it has no number, or no end. */
export function readTag(reader: WireReader): number {
  const tag = reader.uint32();
  if (tag >>> 3 === 0) throw new RangeError('a field has no number');
  return tag;
}
