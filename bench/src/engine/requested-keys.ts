// The keys of one round's requests in the form they arrive in. What prepare() does is not measured, what key() and
// bytes() do is, in the control loop as well.

import { KEY_BYTES, keyOf, writeKey } from '../keys.js';
import type { KeyKind } from './cells.js';

export interface RequestedKeys {
  prepare(ids: Uint32Array): void;
  /** The i-th request's key. */
  key(i: number): string;
  /** The same in bytes; good until the next call. */
  bytes(i: number): Buffer;
}

/** One string for each id, the same at every request. */
export class RepeatedKeys implements RequestedKeys {
  readonly #known: (string | undefined)[];
  readonly #requested: string[] = [];

  /** @param ids how many there are. */
  constructor(ids: number) {
    this.#known = new Array(ids);
  }

  prepare(ids: Uint32Array): void {
    this.#requested.length = 0;
    for (const id of ids) {
      this.#known[id] ??= keyOf(id);
      this.#requested.push(this.#known[id]);
    }
  }

  key(i: number): string {
    return this.#requested[i]!;
  }

  bytes(): Buffer {
    throw new Error('repeated keys are strings');
  }
}

/** Keys that lie one after another in a buffer, as in what a socket received. */
export class ReceivedKeys implements RequestedKeys {
  readonly #view = Buffer.alloc(KEY_BYTES);
  #received = Buffer.alloc(0);

  prepare(ids: Uint32Array): void {
    const length = ids.length * KEY_BYTES;
    if (this.#received.length < length) this.#received = Buffer.alloc(length);
    for (let i = 0; i < ids.length; i++) writeKey(ids[i]!, this.#received, i * KEY_BYTES);
  }

  key(i: number): string {
    return this.#received.toString('latin1', i * KEY_BYTES, (i + 1) * KEY_BYTES);
  }

  bytes(i: number): Buffer {
    const from = i * KEY_BYTES;
    for (let at = 0; at < KEY_BYTES; at++) this.#view[at] = this.#received[from + at]!; // quicker than copy() at this size
    return this.#view;
  }
}

export function requestedKeys(kind: KeyKind, ids: number): RequestedKeys {
  return kind === 'repeated' ? new RepeatedKeys(ids) : new ReceivedKeys();
}
