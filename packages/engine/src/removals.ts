/** Why an entry left: `oversized` never got in. */
export type RemovalCause = 'evicted' | 'expired' | 'deleted' | 'replaced' | 'oversized';

export const REMOVAL_CAUSES: readonly RemovalCause[] = ['evicted', 'expired', 'deleted', 'replaced', 'oversized'];

/** How many have left, by cause. */
export type Removals = Record<RemovalCause, number>;

export function noRemovals(): Removals {
  return { evicted: 0, expired: 0, deleted: 0, replaced: 0, oversized: 0 };
}
