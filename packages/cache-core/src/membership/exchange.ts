import type { View, ViewMember } from './view.js';

/** What members tell each other every half second, in both directions. */
interface Status {
  /** The view that the sender goes by; '': none. */
  readonly viewId: string;
  /** It; left out where the receiver is thought to have it. */
  readonly view?: View | undefined;
  /** The sender takes its view for active. */
  readonly isActive: boolean;
  /** Keys of the members that answered the sender of late. */
  readonly hears: readonly string[];
  /** The sender has taken over what the members of the view before held of its keys. */
  readonly isSettled: boolean;
  /** It leaves, and acts on until a view is without it. */
  readonly isLeaving: boolean;
  /** It never acts again. */
  readonly isGone: boolean;
}

/** A question of one member to another, which asks for a grant as well. */
export interface ExchangeRequest extends Status {
  readonly cluster: string;
  /** How the sender's ring hashes: members of one view must agree on the owner of each key. */
  readonly hashing: string;
  readonly from: ViewMember;
  /** The key of the addressee. A key without an incarnation addresses the process that has the id now. */
  readonly to: string;
}

export interface ExchangeReply extends Status {
  readonly from: ViewMember;
  /** The sender grants the view: that counts from when the asker asked for it. */
  readonly isGranted: boolean;
}
