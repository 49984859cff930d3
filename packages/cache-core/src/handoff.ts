import { ChangedKeys } from './changed-keys.js';
import type { Answer, CallOptions } from './contracts.js';
import { nobodyAnswered } from './errors.js';
import type { GroupState } from './group-state.js';

/** Of a load's time, what a previous owner may take: it only looks in memory, but it may be as busy as the ring is new. */
const PEEK_SHARE = 1 / 4;

/** After a change of the ring: asks the owners before it for what they hold, so that the origin is not asked again. */
export class Handoff {
  readonly #state: GroupState;
  readonly #changed = new ChangedKeys(); // since the ring changed

  constructor(state: GroupState) {
    this.#state = state;
  }

  /** A key that was written since the ring changed: a previous owner that was not told may hold an older value. */
  changed(key: string): void {
    if (this.#isOpen()) this.#changed.add(key);
  }

  /** {@link changed} for every key. */
  cleared(): void {
    if (this.#isOpen()) this.#changed.addAll();
  }

  /** undefined: no handoff, or nobody has it, or can be asked: then it has to be loaded. Never rejects. */
  async ask(key: string, options: CallOptions): Promise<Answer | undefined> {
    const { peers, clock, name, counters, limits } = this.#state;
    if (!this.#isOpen() || this.#changed.areAll || !peers.owns(key)) return undefined;
    for (const member of peers.previousOwners(key)) {
      if (this.#changed.has(key) || !peers.breakers.admits(member.id)) continue;
      const startedAt = clock.now();
      const { requestId, trace } = options;
      const call = { timeoutMs: limits.flightTimeoutMs * PEEK_SHARE, requestId, trace };
      const entry = await peers
        .client(member)
        .peek(name, key, call)
        .then(
          (found) => {
            peers.breakers.answered(member.id);
            return found;
          },
          (error: unknown) => {
            if (nobodyAnswered(error))
              peers.breakers.failed(member.id, startedAt); // it has left, or died
            else peers.breakers.answered(member.id); // it may not know the group
          },
        );
      if (!entry || this.#changed.has(key)) continue;
      counters.handoffs++;
      const ms = clock.now() - startedAt;
      this.#state.tell(key, options, { step: 'handed_over', from: member.id, ms, bytes: entry.value.byteLength });
      return { ...entry, source: 'main', servedBy: member.id };
    }
    return undefined;
  }

  #isOpen(): boolean {
    if (this.#state.peers.isHandingOff) return true;
    this.#changed.forget(); // not sooner: with the next change of the ring the same previous owners may be asked again
    return false;
  }
}
