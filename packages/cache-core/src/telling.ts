// Whom a write has to be told, and who has not been told yet. Beside the members of the ring these are members that asked
// for it, wherever they stand in the list: one that has just joined, one that discovery has lost sight of, one that leaves
// and still hands over what it holds.

import type { Clock, PeerClient } from './contracts.js';
import type { Member } from './member.js';

/** Keys that are remembered for one member; more, and it is told to drop their whole group. */
const MAX_OWED_KEYS = 1_000;

export interface TellingOptions {
  clock: Clock;
  client: (member: Member) => PeerClient;
  /** How long a member that asked is told of writes, in ms. */
  tellForMs: number;
  /** How long a member may take to acknowledge what it is told again, in ms. */
  timeoutMs: number;
}

interface Asked {
  readonly member: Member;
  readonly until: number;
  /** It asked here itself until then; by others it was named later. */
  readonly itselfUntil: number;
}

interface Debt {
  readonly group: string;
  /** undefined: all of the group. */
  readonly key: string | undefined;
  readonly version: number;
}

export class Telling {
  readonly #options: TellingOptions;
  readonly #asked = new Map<string, Asked>();
  readonly #owed = new Map<string, Map<string, Debt>>();
  readonly #repaying = new Set<string>();

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  /** The member asked: from now on for a while, it is told of every write. */
  asked(member: Member): void {
    const until = this.#options.clock.now() + this.#options.tellForMs;
    this.#asked.set(member.id, { member, until, itselfUntil: until });
  }

  /** Another member tells this one: so it is told from here too. */
  named(member: Member): void {
    const until = this.#options.clock.now() + this.#options.tellForMs;
    const itselfUntil = this.#asked.get(member.id)?.itselfUntil ?? 0;
    this.#asked.set(member.id, { member, until, itselfUntil });
  }

  /** Members outside of the ring that asked here: only these are named to others, or two would name a dead one for ever. */
  askers(ring: { has(id: string): boolean }): Member[] {
    const now = this.#options.clock.now();
    return [...this.#asked.values()]
      .filter(({ member, itselfUntil }) => itselfUntil > now && !ring.has(member.id))
      .map(({ member }) => member);
  }

  /** Members outside of the ring that are to be told. */
  outside(ring: { has(id: string): boolean }): Member[] {
    const now = this.#options.clock.now();
    const members: Member[] = [];
    for (const [id, { member, until }] of this.#asked) {
      if (until <= now) this.#asked.delete(id);
      else if (!ring.has(id)) members.push(member);
    }
    return members;
  }

  /** Takes note of what a member did not acknowledge, to tell it again when it shows itself. */
  owe(member: Member, debt: Debt): void {
    const debts = this.#owed.get(member.id) ?? new Map<string, Debt>();
    this.#owed.set(member.id, debts);
    const everything = nameOf(debt.group, undefined);
    // Anew also where everything is owed already: that may be on its way just now, and is settled by an answer to it.
    const isOneKey = debt.key !== undefined && !debts.has(everything) && debts.size < MAX_OWED_KEYS;
    debts.set(isOneKey ? nameOf(debt.group, debt.key) : everything, isOneKey ? debt : { ...debt, key: undefined });
  }

  owes(id: string): boolean {
    return this.#owed.has(id);
  }

  /** Tells a member again what it has missed, in the background: it has just shown itself. */
  repay(member: Member): void {
    if (this.#repaying.has(member.id)) return;
    this.#repaying.add(member.id);
    this.#repay(member).finally(() => this.#repaying.delete(member.id));
  }

  /** Forgets what is owed to members that nobody has to tell any more: they keep nothing that they were not told of. */
  keep(isTold: (id: string) => boolean): void {
    for (const id of this.#owed.keys()) if (!isTold(id)) this.#owed.delete(id);
  }

  async #repay(member: Member): Promise<void> {
    const debts = this.#owed.get(member.id);
    if (debts === undefined) return;
    const client = this.#options.client(member);
    const tell = async ([name, debt]: [string, Debt]) => {
      await client.drop(debt.group, debt.key, debt.version, { timeoutMs: this.#options.timeoutMs });
      if (debts.get(name) === debt) debts.delete(name); // it may have missed a later write of the same key
    };
    await Promise.allSettled([...debts].map(tell)); // what fails again stays owed, until the member asks once more
    if (debts.size === 0 && this.#owed.get(member.id) === debts) this.#owed.delete(member.id);
  }
}

function nameOf(group: string, key: string | undefined): string {
  return JSON.stringify([group, key]);
}
