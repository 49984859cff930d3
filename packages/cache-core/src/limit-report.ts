/** Something that grows with what is asked of a member, or with how many members there are, and how far it may. */
export interface LimitReport {
  /** What it is: `invalidations to resend`; of a group: `scores: loads`. */
  readonly name: string;
  readonly size: number;
  readonly limit: number;
}
