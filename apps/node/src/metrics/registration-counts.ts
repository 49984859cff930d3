import type { LossReason, RegistrationEvent } from '@ringcache/discovery';

export const LOSS_REASONS: readonly LossReason[] = ['silent', 'expired', 'deleted', 'overwritten'];

/** How this member's place in discovery's list has fared since start. */
export class RegistrationCounts {
  /** Places taken, the first included. */
  taken = 0;
  /** Attempts to take one that failed. */
  failed = 0;
  readonly lost: Record<LossReason, number> = { silent: 0, expired: 0, deleted: 0, overwritten: 0 };

  note(event: RegistrationEvent): void {
    if (event.kind === 'registered') this.taken++;
    else if (event.kind === 'retrying') this.failed++;
    else this.lost[event.reason]++;
  }
}
