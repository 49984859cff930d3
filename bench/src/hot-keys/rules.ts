// Which fetches leave a copy where the question was: ours, and what it is held against.

export interface Rule {
  readonly about: string;
  /** Who makes copies: nobody, the group, or dice in front of a group that makes none. */
  readonly copies: 'none' | 'group' | 'dice';
  /** The group's; left out: its default. */
  readonly hotAfterFetches?: number;
  /** Copies may take as much memory as they like. */
  readonly unlimited?: true;
}

export const RULES = {
  none: { about: 'no copies: what another node owns is fetched for every get', copies: 'none' },
  dice: { about: 'as golang/groupcache: one fetch in ten leaves a copy, by chance', copies: 'dice' },
  every: { about: 'every fetch leaves a copy: hotAfterFetches 1', copies: 'group', hotAfterFetches: 1 },
  popular: { about: 'ours: a fetch of a key that is popular leaves a copy', copies: 'group' },
  unlimited: {
    about: 'every fetch leaves a copy and memory has no limit: less cannot be fetched if copies live so long',
    copies: 'group',
    hotAfterFetches: 1,
    unlimited: true,
  },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

export const RULE_NAMES = Object.keys(RULES) as readonly RuleName[];

export function ruleOf(name: RuleName): Rule {
  return RULES[name];
}
