/**
 * A value that changes, read as an async iterable: first the current one, once there is one, then the newest after each
 * change. A reader that was busy skips what came in between; nothing queues up.
 */
export class Latest<T> {
  #value: T | undefined;
  #version = 0;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  get value(): T | undefined {
    return this.#value;
  }

  set(value: T): void {
    if (this.#ended) return;
    this.#value = value;
    this.#version++;
    this.#wake();
  }

  /** Readers end, without what they have not read yet. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *read(signal: AbortSignal): AsyncGenerator<T, void> {
    let seen = 0;
    while (!this.#ended && !signal.aborted) {
      if (seen === this.#version) {
        await this.#change(signal);
        continue;
      }
      seen = this.#version;
      yield this.#value as T; // set together with the first version
    }
  }

  // Not a race against one promise that lives as long as the signal: each race would leave a callback behind on it.
  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
