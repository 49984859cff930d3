// The key in hand, as UTF-8 in words, padded with zeros to a whole one: to be hashed, and compared with keys in slabs a word at
// a time. Whoever misses a key mostly adds it next, so the last string is remembered and its bytes stay.

const FIRST_BYTES = 1024;
const MAX_BY_UNIT = 48; // UTF-16 units; a longer key is encoded natively, whose call costs as much as so many turns of a loop
const MAX_UTF8_PER_UNIT = 3;
const WORD_BYTES = 4;

export class KeyScratch {
  /** In UTF-8. */
  bytes = Buffer.alloc(FIRST_BYTES);
  words = wordsOf(this.bytes);
  /** Bytes of the key. */
  length = 0;
  /** {@link words} of the key. */
  get wordCount(): number {
    return (this.length + WORD_BYTES - 1) >>> 2;
  }

  #string: string | undefined = '';

  /** Lone surrogates become U+FFFD. @returns false: it is here already. */
  load(key: string): boolean {
    if (key === this.#string) return false;
    this.reserve(MAX_UTF8_PER_UNIT * key.length);
    const isAscii = key.length <= MAX_BY_UNIT && this.#loadAscii(key);
    if (!isAscii) this.length = this.bytes.write(key, 0, 'utf8');
    this.pad();
    this.#string = key;
    return true;
  }

  /** What lies from start to end. */
  loadBytes(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const { bytes } = this;
    if (length > MAX_BY_UNIT) bytes.set(source.subarray(start, end));
    else for (let i = 0; i < length; i++) bytes[i] = source[start + i]!; // the view that a native copy needs costs more
    this.length = length;
    this.pad();
  }

  /** Makes room for a key that the caller writes into {@link bytes}; then {@link length} is to be set and {@link pad} called. */
  reserve(length: number): void {
    this.#string = undefined;
    if (length + WORD_BYTES <= this.bytes.length) return;
    this.bytes = Buffer.alloc(2 ** Math.ceil(Math.log2(length + WORD_BYTES)));
    this.words = wordsOf(this.bytes);
  }

  pad(): void {
    for (let at = this.length; (at & (WORD_BYTES - 1)) !== 0; at++) this.bytes[at] = 0;
  }

  #loadAscii(key: string): boolean {
    const { bytes } = this;
    const { length } = key;
    for (let i = 0; i < length; i++) {
      const unit = key.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[i] = unit;
    }
    this.length = length;
    return true;
  }
}

function wordsOf(bytes: Buffer): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / WORD_BYTES);
}
