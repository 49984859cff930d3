// Invalidations that a member did not acknowledge, to be sent again when it shows itself. Until then it gets no grant, so it
// cannot serve the copies that they were for.

import type { PeerClient } from './contracts.js';
import type { ViewMember } from './membership/view.js';

/** Keys that are remembered for one member; more, and it is told to drop their whole group. */
const MAX_MISSED_KEYS = 1_000;

export interface InvalidationsOptions {
  client: (member: ViewMember) => PeerClient;
  /** Returns the name of a member, as membership has it. */
  keyOf: (member: ViewMember) => string;
  /** How long a member may take to acknowledge what is sent again, in ms. */
  timeoutMs: number;
}

interface Invalidation {
  readonly group: string;
  /** undefined: all of the group. */
  readonly key: string | undefined;
  readonly version: number;
}

interface Missed {
  readonly member: ViewMember;
  readonly invalidations: Map<string, Invalidation>;
  isResending: boolean;
}

export class Invalidations {
  readonly #options: InvalidationsOptions;
  readonly #missed = new Map<string, Missed>();

  constructor(options: InvalidationsOptions) {
    this.#options = options;
  }

  /** Remembers what a member did not acknowledge. */
  queueMissed(member: ViewMember, invalidation: Invalidation): void {
    const name = this.#options.keyOf(member);
    const missed = this.#missed.get(name) ?? { member, invalidations: new Map(), isResending: false };
    this.#missed.set(name, missed);
    const { invalidations } = missed;
    const everything = nameOf(invalidation.group, undefined);
    // Anew also where everything is queued already: that may be on its way just now, and is settled by an answer to it.
    const isOneKey =
      invalidation.key !== undefined && !invalidations.has(everything) && invalidations.size < MAX_MISSED_KEYS;
    invalidations.set(
      isOneKey ? nameOf(invalidation.group, invalidation.key) : everything,
      isOneKey ? invalidation : { ...invalidation, key: undefined },
    );
  }

  /** @param name of the member, as membership has it. */
  hasMissed(name: string): boolean {
    return this.#missed.has(name);
  }

  /** Sends a member again what it has missed, in the background. */
  resend(name: string): void {
    const missed = this.#missed.get(name);
    if (missed === undefined || missed.isResending) return;
    missed.isResending = true;
    void this.#resend(name, missed).finally(() => {
      missed.isResending = false;
    });
  }

  /** Forgets what members missed that get no grants any more: they serve nothing that they were not told of. */
  forget(isForgotten: (member: ViewMember) => boolean): void {
    for (const [name, { member }] of this.#missed) if (isForgotten(member)) this.#missed.delete(name);
  }

  async #resend(name: string, { member, invalidations }: Missed): Promise<void> {
    const client = this.#options.client(member);
    const send = async ([id, sent]: [string, Invalidation]) => {
      await client.drop(sent.group, sent.key, sent.version, { timeoutMs: this.#options.timeoutMs });
      if (invalidations.get(id) === sent) invalidations.delete(id); // it may have missed a later write of the same key
    };
    await Promise.allSettled([...invalidations].map(send)); // what fails again stays, until the member asks once more
    if (invalidations.size === 0 && this.#missed.get(name)?.invalidations === invalidations) this.#missed.delete(name);
  }
}

function nameOf(group: string, key: string | undefined): string {
  return JSON.stringify([group, key]);
}
