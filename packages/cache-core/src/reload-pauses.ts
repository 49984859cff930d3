import type { LimitReport } from './limit-report.js';

/** Keys of which it is remembered; of more, those that were noted first are loaded a little too often. */
const MAX_KEYS = 1_000;

/** Until when a key is not loaded again in the background: it was just now, or in vain. */
export class ReloadPauses {
  readonly #until = new Map<string, number>();

  limits(): LimitReport[] {
    return [{ name: 'keys not to be reloaded yet', size: this.#until.size, limit: MAX_KEYS }];
  }

  isOpen(key: string, now: number): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#until.delete(key);
    return false;
  }

  end(key: string): void {
    this.#until.delete(key);
  }

  pause(key: string, until: number): void {
    this.#until.delete(key);
    this.#until.set(key, until);
    if (this.#until.size <= MAX_KEYS) return;
    const [oldest] = this.#until.keys();
    this.#until.delete(oldest!);
  }
}
