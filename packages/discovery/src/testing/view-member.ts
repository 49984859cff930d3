import type { ViewMember } from '@ringcache/cache-core';
import { memberOf } from './snapshot-log.js';

/** One process under an id. */
export function viewMember(id: string, incarnation = '1'): ViewMember {
  return { ...memberOf(id), incarnation };
}
