import { type Clock, systemClock, type ViewDirectory, type ViewMember } from '@ringcache/cache-core';

export interface Registered {
  /** Ends the renewals, and the registration. */
  leave(): Promise<void>;
}

/**
 * Renews a registration again and again, as a member does, whatever becomes of a renewal.
 * Resolves with the first one that succeeds. Keeps no process alive that has nothing else to do.
 */
export async function keepRegistered(
  views: ViewDirectory,
  member: ViewMember,
  { intervalMs = 50, clock = systemClock }: { intervalMs?: number; clock?: Clock } = {},
): Promise<Registered> {
  let hasLeft = false;
  const renewals = async (onSuccess: () => void) => {
    while (!hasLeft) {
      await views.renew(member).then(onSuccess, () => {}); // a failure is told as an event
      await new Promise<void>((resolve) => clock.setTimeout(resolve, intervalMs));
    }
  };
  await new Promise<void>((resolve) => void renewals(resolve));
  return {
    leave: () => {
      hasLeft = true;
      return views.leave(member);
    },
  };
}
