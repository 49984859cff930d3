// Which contenders a run has: those that were asked for, less those whose system isn't on this machine.

import { CONTENDER_NAMES, CONTENDERS, type ContenderName, isOurs, type System } from './contenders.js';

/** As a user names them: ours is one, however it balances. */
export const CHOICES = ['ringcache', ...CONTENDER_NAMES.filter((name) => !isOurs(name))] as const;

export type ChoiceName = (typeof CHOICES)[number];

export const BALANCINGS = ['owner', 'round-robin'] as const;

export type MeasuredBalancing = (typeof BALANCINGS)[number];

export interface Choice {
  readonly contenders: readonly ContenderName[];
  readonly systems: readonly System[];
  /** Why others are left out, a line for each system. */
  readonly skipped: readonly string[];
}

export interface Wanted {
  readonly contender: readonly ChoiceName[];
  readonly balancing: readonly MeasuredBalancing[];
  /** Why a system can't be started here; undefined: it can. */
  readonly missing: (system: System) => string | undefined;
}

export function choose({ contender, balancing, missing }: Wanted): Choice {
  const named = contender.flatMap((name) =>
    name === 'ringcache' ? balancing.map((how) => `ringcache-${how}` as const) : [name],
  );
  const wanted = CONTENDER_NAMES.filter((name) => named.includes(name));
  const asked = [...new Set(wanted.map((name) => CONTENDERS[name].system))];
  const reasons = new Map(asked.map((system) => [system, missing(system)]));
  const systems = asked.filter((system) => reasons.get(system) === undefined);
  return {
    contenders: wanted.filter((name) => systems.includes(CONTENDERS[name].system)),
    systems,
    skipped: [...reasons].flatMap(([system, reason]) => (reason === undefined ? [] : [`${system}: ${reason}`])),
  };
}
