import type { CacheClient } from '../cluster/client.js';
import { type Asked, decodeAnswers, encodeRequests, type Layout } from './records.js';

/** Asks as our client does, so that batches are the same: what one turn of the event loop asks leaves in one message. */
export class RecordsClient implements Pick<CacheClient, 'get'> {
  readonly #layout: Layout;
  readonly #send: (message: Buffer) => void;
  readonly #waiting = new Map<number, (value: Buffer) => void>();
  #asked: Asked[] = [];
  #lastId = 0;

  /** @param send the way to the server; holds nothing back, since callers wait for their answers. */
  constructor(layout: Layout, send: (message: Buffer) => void) {
    this.#layout = layout;
    this.#send = send;
  }

  get(key: string): Promise<Uint8Array> {
    return new Promise((resolve) => {
      const id = (this.#lastId + 1) >>> 0;
      this.#lastId = id;
      this.#waiting.set(id, resolve);
      if (this.#asked.push({ id, key }) === 1) setImmediate(this.#flush);
    });
  }

  /** @param answers whole records. */
  receive(answers: Buffer): void {
    decodeAnswers(answers, this.#layout, this.#answer);
  }

  readonly #flush = (): void => {
    const asked = this.#asked;
    this.#asked = [];
    this.#send(encodeRequests(asked, this.#layout));
  };

  readonly #answer = (id: number, value: Buffer): void => {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(value);
  };
}
