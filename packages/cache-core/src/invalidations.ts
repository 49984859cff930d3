// Invalidations that a member did not acknowledge, to be sent again when it shows itself. Until then it gets no grant, so it
// cannot serve the copies that they were for. What it acts as the owner of by then may be newer: it keeps that, but where an
// origin still has it.

import type { Invalidation, PeerClient } from './contracts.js';
import type { LimitReport } from './limit-report.js';
import type { ViewMember } from './membership/view.js';
import { MAX_KEY_BYTES } from './validate.js';

/** Keys that are remembered for one member, and their characters; more, and it is told to drop their whole group. */
const MAX_MISSED_KEYS = 1_000;
const MAX_MISSED_CHARACTERS = 1024 * 1024;

export interface InvalidationsOptions {
  client: (member: ViewMember) => PeerClient;
  /** Returns the name of a member, as membership has it. */
  keyOf: (member: ViewMember) => string;
  /** How long a member may take to acknowledge what is sent again, in ms. */
  timeoutMs: number;
}

export interface GroupInvalidation extends Invalidation {
  readonly group: string;
}

interface Missed {
  readonly member: ViewMember;
  readonly invalidations: Map<string, GroupInvalidation>;
  isResending: boolean;
}

export class Invalidations {
  readonly #options: InvalidationsOptions;
  readonly #missed = new Map<string, Missed>();

  constructor(options: InvalidationsOptions) {
    this.#options = options;
  }

  /** Remembers what a member did not acknowledge. */
  queueMissed(member: ViewMember, invalidation: GroupInvalidation): void {
    const name = this.#options.keyOf(member);
    const missed = this.#missed.get(name) ?? { member, invalidations: new Map(), isResending: false };
    this.#missed.set(name, missed);
    const { invalidations } = missed;
    const everything = nameOf(invalidation.group, undefined);
    // Anew also where everything is queued already: that may be on its way just now, and is settled by an answer to it.
    const { group, key } = invalidation;
    if (key !== undefined && !invalidations.has(everything) && hasRoom(invalidations, key)) {
      invalidations.set(nameOf(group, key), invalidation);
      return;
    }
    const ofGroup = [...invalidations].filter(([, each]) => each.group === group);
    const keepsOwned = invalidation.keepsOwned && ofGroup.every(([, each]) => each.keepsOwned);
    for (const [id] of ofGroup) invalidations.delete(id); // what is on its way of them is of no account any more
    invalidations.set(everything, { ...invalidation, key: undefined, keepsOwned });
  }

  /** @param name of the member, as membership has it. */
  hasMissed(name: string): boolean {
    return this.#missed.has(name);
  }

  /** Of the member that missed most; groups as a whole come on top, and are few. */
  limits(): LimitReport[] {
    const all = [...this.#missed.values()].map(({ invalidations }) => invalidations);
    const keys = all.map((each) => [...each.values()].filter(({ key }) => key !== undefined).length);
    return [
      { name: 'invalidations to resend', size: Math.max(0, ...keys), limit: MAX_MISSED_KEYS },
      {
        name: 'invalidations to resend, characters',
        size: Math.max(0, ...all.map(charactersOf)),
        limit: MAX_MISSED_CHARACTERS,
      },
    ];
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

  /** Forgets what was owed for copies: they end with the view. What is to be deleted at an owner stays. */
  viewChanged(): void {
    for (const [name, { invalidations }] of this.#missed) {
      for (const [id, { keepsOwned }] of invalidations) if (keepsOwned) invalidations.delete(id);
      if (invalidations.size === 0) this.#missed.delete(name);
    }
  }

  /** Forgets what is owed to other members than these: they get no grants any more, and serve nothing that they were not told of. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#missed.keys()) if (!names.has(name)) this.#missed.delete(name);
  }

  async #resend(name: string, { member, invalidations }: Missed): Promise<void> {
    const client = this.#options.client(member);
    const send = async ([id, sent]: [string, GroupInvalidation]) => {
      const { group, ...invalidation } = sent;
      await client.drop(group, invalidation, { timeoutMs: this.#options.timeoutMs });
      if (invalidations.get(id) === sent) invalidations.delete(id); // it may have missed a later write of the same key
    };
    await Promise.allSettled([...invalidations].map(send)); // what fails again stays, until the member asks once more
    if (invalidations.size === 0 && this.#missed.get(name)?.invalidations === invalidations) this.#missed.delete(name);
  }
}

function hasRoom(invalidations: ReadonlyMap<string, GroupInvalidation>, key: string): boolean {
  if (invalidations.size < MAX_MISSED_CHARACTERS / MAX_KEY_BYTES) return true; // as a rule, so that no sum is needed
  return invalidations.size < MAX_MISSED_KEYS && charactersOf(invalidations) + key.length < MAX_MISSED_CHARACTERS;
}

function charactersOf(invalidations: ReadonlyMap<string, GroupInvalidation>): number {
  let sum = 0;
  for (const { key } of invalidations.values()) sum += key?.length ?? 0;
  return sum;
}

function nameOf(group: string, key: string | undefined): string {
  return JSON.stringify([group, key]);
}
