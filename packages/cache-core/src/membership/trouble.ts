/** What keeps a member from another, or from the ring, at the moment. */
export interface Trouble {
  /**
   * `silent`: a member of the ring answers nothing. `refused`: whoever answers there is another process, of another cluster, or its
   * ring is hashed otherwise. `unheard`: a member answers this one, and does not get this one's answers. `unreachable`: this
   * member is in no ring, as the others answer it and cannot reach it, or do not answer. `same_address`: two members of the ring
   * have one address. `differs`: a member goes by another ring. `in_doubt`: this member cannot know whether its ring is still the
   * present one; it serves nothing that it holds, and drops nothing.
   */
  readonly kind: 'silent' | 'refused' | 'unheard' | 'unreachable' | 'same_address' | 'differs' | 'in_doubt';
  /** The other member's id; with `unreachable` and `in_doubt`, this one's. */
  readonly member: string;
  /** A sentence for an operator. */
  readonly message: string;
}

export const TROUBLE_KINDS: readonly Trouble['kind'][] = [
  'silent',
  'refused',
  'unheard',
  'unreachable',
  'same_address',
  'differs',
  'in_doubt',
];
