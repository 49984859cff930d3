import type { Rules } from './circle.js';
import { ggcache } from './dialect-ggcache.js';
import { groupcache } from './dialect-groupcache.js';
import { groupcacheV3 } from './dialect-groupcache-v3.js';
import { ringcache } from './dialect-ringcache.js';

/** Whose ring it is: processes agree on owners only if they speak one dialect. */
export type Dialect = 'ringcache' | 'groupcache' | 'groupcache-v3' | 'ggcache';

export const DIALECTS: readonly Dialect[] = ['ringcache', 'groupcache', 'groupcache-v3', 'ggcache'];

const RULES: Readonly<Record<Dialect, Rules>> = {
  ringcache,
  groupcache,
  'groupcache-v3': groupcacheV3,
  ggcache,
};

/** @throws {TypeError} for a dialect that does not exist, as it may come from a configuration file. */
export function rulesOf(dialect: Dialect): Rules {
  if (!DIALECTS.includes(dialect)) {
    throw new TypeError(`no ring dialect ${JSON.stringify(dialect)}; there are ${DIALECTS.join(', ')}`);
  }
  return RULES[dialect];
}
