/** A stream of bytes, taken in pieces of the length that the reader asks for. */
export class DumpBytes {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #offset = 0;

  constructor(stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks = Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
  }

  /** Bytes that were taken. */
  get offset(): number {
    return this.#offset;
  }

  /** The next `length` bytes, or what is left if that is fewer. They may be a part of a larger buffer. */
  async take(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#rest.byteLength === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) break;
        this.#rest = value;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.byteLength);
      missing -= part.byteLength;
      parts.push(part);
    }
    this.#offset += length - missing;
    return parts.length === 1 ? bufferOf(parts[0]!) : Buffer.concat(parts);
  }

  /** Tells the stream that no more is wanted of it. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/** The same bytes as a Buffer. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
