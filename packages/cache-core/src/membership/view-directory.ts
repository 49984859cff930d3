import type { View, ViewMember } from './view.js';

/** What the directory says at one moment. */
export interface DirectoryState {
  /** Members with a registration that has not lapsed. They are members to contact, no more: the record says which ones make the ring. */
  readonly registered: readonly ViewMember[];
  /** The present view. Undefined: the directory knows none, being new, or having lost it. */
  readonly record: View | undefined;
  /** Of the record; needed to replace it. Another one whenever the record has been written, removed or lost. */
  readonly revision: string;
}

/** Where the record of the present view is kept, and who is registered. Reads are linearizable. */
export interface ViewDirectory {
  /**
   * Renews this member's registration and reads the state, in one transaction: a registration that lapsed means that nothing
   * which this member read before still counts. A state in which this member is not registered, as another process has its id,
   * confirms nothing.
   * @throws {CacheError} `unavailable`, `deadline`: the directory is away.
   */
  renew(self: ViewMember): Promise<DirectoryState>;
  /**
   * Replaces the record, if it still has this revision; false: not done.
   * @throws {CacheError} as with {@link renew}; it may have been done then.
   */
  replace(revision: string, view: View): Promise<boolean>;
  /** Ends this member's registration. Never rejects. */
  leave(self: ViewMember): Promise<void>;
}
