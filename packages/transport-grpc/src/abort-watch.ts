/**
 * Calls back when a signal is aborted, with one listener a signal, however many calls share it: at the eleventh listener
 * Node prints a warning of a leak.
 */
export class AbortWatch {
  readonly #callbacks = new Map<AbortSignal, Set<() => void>>();

  /** @returns what stops it. The signal must not be aborted yet. */
  add(signal: AbortSignal, callback: () => void): () => void {
    const callbacks = this.#callbacks.get(signal) ?? this.#listen(signal);
    callbacks.add(callback);
    return () => {
      callbacks.delete(callback);
      if (callbacks.size > 0 || this.#callbacks.get(signal) !== callbacks) return;
      this.#callbacks.delete(signal);
      signal.removeEventListener('abort', this.#onAbort);
    };
  }

  #listen(signal: AbortSignal): Set<() => void> {
    const callbacks = new Set<() => void>();
    this.#callbacks.set(signal, callbacks);
    signal.addEventListener('abort', this.#onAbort);
    return callbacks;
  }

  readonly #onAbort = (event: Event): void => {
    const signal = event.target as AbortSignal;
    for (const callback of [...(this.#callbacks.get(signal) ?? [])]) callback();
  };
}
