/**
 * Points in the order of their hashes, closed to a circle. Which member a point stands for is an index into the list of
 * members in id order, so that a circle holds no strings.
 */
export interface Circle {
  /** Points on the circle; at least 1. */
  readonly size: number;
  /** The first point at or after the key's hash; 0, the first of all, if there is none. */
  find(key: string): number;
  memberAt(point: number): number;
  /** Decimal; signed where the dialect is. */
  hashAt(point: number): string;
  hashOf(key: string): string;
  /** How far round the circle the point is, from 0 to below 1. */
  placeAt(point: number): number;
  placeOf(key: string): number;
}

/** What makes a dialect: how many points a member of weight 1 has by default, and where points and keys fall. */
export interface Rules {
  readonly replicas: number;
  /** Whether a ring of too many points gets fewer of them. Not where another implementation would still place them all. */
  readonly scales: boolean;
  /**
   * @param ids members in ascending order; the order decides between equal points.
   * @param counts points for each of them; at least 1 each.
   */
  circle(ids: readonly string[], counts: readonly number[]): Circle;
}
