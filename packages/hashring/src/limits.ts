import type { RingMember } from './ring.js';

/** Points of a member of weight 1. Beyond it balance gains nothing that a key's own popularity does not drown. */
export const MAX_REPLICAS = 65_536;
/** Members are numbered in 16 bits on the circle. */
export const MAX_MEMBERS = 65_536;
/**
 * 512 members of 8,192 points: about 2 s to build and 42 MB to keep. A larger cluster takes fewer replicas; what
 * must not happen is that a mistyped weight stops the event loop for minutes.
 */
export const MAX_POINTS = 2 ** 22;

/** @throws {RangeError} if not a whole number from 1 to {@link MAX_REPLICAS}. */
export function checkReplicas(replicas: number): void {
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > MAX_REPLICAS) {
    throw new RangeError(`replicas is ${replicas}; it must be a whole number from 1 to ${MAX_REPLICAS}`);
  }
}

/**
 * @throws {TypeError} for an id that is empty, not a string, or there twice.
 * @throws {RangeError} for a weight that is not a finite number above 0, or more than {@link MAX_MEMBERS} members.
 */
export function checkMembers(members: readonly RingMember[]): void {
  if (members.length > MAX_MEMBERS)
    throw new RangeError(`${members.length} members; a ring has at most ${MAX_MEMBERS}`);
  const ids = new Set<string>();
  for (const { id, weight = 1 } of members) {
    if (typeof id !== 'string' || id === '') throw new TypeError('a member has no id');
    if (ids.has(id)) throw new TypeError(`member ${JSON.stringify(id)} is there twice`);
    if (!Number.isFinite(weight) || weight <= 0) {
      throw new RangeError(`member ${JSON.stringify(id)} has weight ${weight}; it must be finite and above 0`);
    }
    ids.add(id);
  }
}

/** How many points each member has, in the order of the members. */
export interface PointCounts {
  readonly counts: readonly number[];
  /** A power of two; 1 but where the members asked for more than {@link MAX_POINTS}. */
  readonly divisor: number;
}

/**
 * Counts the points of each member: replicas × weight / divisor, rounded, at least 1. The divisor is the smallest power of
 * two that keeps the sum within {@link MAX_POINTS}, so shares stay as the weights say, and every process finds the same.
 * @param scales false: the divisor is 1, whatever the sum.
 * @throws {RangeError} if they are more than {@link MAX_POINTS} together, where it must not scale.
 */
export function pointCounts(members: readonly RingMember[], replicas: number, scales: boolean): PointCounts {
  for (let divisor = 1; ; divisor *= 2) {
    // The weight is divided, not the product: that may be over the largest number there is.
    const counts = members.map(({ weight = 1 }) => Math.max(1, Math.round(replicas * (weight / divisor))));
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total <= MAX_POINTS) return { counts, divisor };
    if (!scales) {
      throw new RangeError(
        `members × replicas × weight is ${total} points, over ${MAX_POINTS}: lower replicas or weights`,
      );
    }
  }
}
