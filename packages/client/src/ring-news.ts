// Nodes say with their answers which ring they see. A client that has learnt its members from a node asks again as soon as one
// of them sees another ring, and asks that one; so a wrong guess of a key's owner, which costs a hop, is not made for long.

import { type Clock, pause } from '@ringcache/cache-core';

/** However often rings change, a list is asked for no more often than so. */
const LEAST_MS = 100;

export class RingNews {
  /** Fingerprint of the ring that the client goes by; '': none yet. */
  known = '';
  #teller: string | undefined;
  #wake = () => {};

  /** A node sees this ring. */
  heard(address: string, fingerprint: string): void {
    if (this.known === '' || fingerprint === this.known) return;
    this.#teller = address;
    this.#wake();
  }

  /**
   * Resolves after `ms`, or sooner if there is news; also when the signal is aborted.
   * @returns the address of a node that sees another ring, if one does.
   */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<string | undefined> {
    const woken = new AbortController();
    const leastMs = Math.min(LEAST_MS, ms);
    await pause(clock, leastMs, signal);
    if (this.#teller === undefined) {
      this.#wake = () => woken.abort();
      await pause(clock, ms - leastMs, AbortSignal.any([signal, woken.signal]));
      this.#wake = () => {};
    }
    const teller = this.#teller;
    this.#teller = undefined;
    return teller;
  }
}
