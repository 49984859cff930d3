/** What a caller can do about a failure. Callers branch on the code, never on the message. */
export type ErrorCode =
  | 'not_found' // an answer: the origin has no such key
  | 'no_such_group' // an answer: this node has no group of that name
  | 'not_owner' // an answer, between members: it does not act as the key's owner at this moment
  | 'invalid_argument' // an answer: never repeat it unchanged
  | 'too_large' // an answer: the value is over the limit
  | 'deadline' // the time was up; it may still happen
  | 'unavailable' // nobody answered; another member, or a later try, may
  | 'overloaded' // answered, and refused for now: slow down
  | 'unauthenticated' // who asks is not known: a token is missing, or wrong
  | 'permission_denied'
  | 'internal'; // a fault of the origin's or of ours

export const ERROR_CODES: readonly ErrorCode[] = [
  'not_found',
  'no_such_group',
  'not_owner',
  'invalid_argument',
  'too_large',
  'deadline',
  'unavailable',
  'overloaded',
  'unauthenticated',
  'permission_denied',
  'internal',
];

export interface CacheErrorOptions extends ErrorOptions {
  /** See {@link CacheError.answered}. */
  answered?: boolean;
  /** See {@link CacheError.retryAfterMs}. */
  retryAfterMs?: number | undefined;
}

/** The one error of ringcache. What failed underneath is its `cause`. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
  readonly code: ErrorCode;
  /**
   * True where another process answered with this error; false where there was no answer, or it arose here.
   * A fetch is tried elsewhere only if nobody answered: an origin that the owner found failing is not asked again
   * by its successor.
   */
  readonly answered: boolean;
  /** With `overloaded`: before so many ms another try is in vain. undefined: unknown. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: CacheErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.answered = options.answered ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** `error` itself if it is a CacheError, else one of `code` with `error` as its cause. Cost: one object. */
  static from(error: unknown, code: ErrorCode = 'internal'): CacheError {
    if (error instanceof CacheError) return error;
    return new CacheError(code, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Narrows a code that came over a wire; an unknown one, from a newer version, is `internal`. */
export function toErrorCode(code: string): ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(code) ? (code as ErrorCode) : 'internal';
}

/** An error that says nothing of the key: another member may do better. */
export function nobodyAnswered(error: unknown): boolean {
  return error instanceof CacheError && !error.answered && (error.code === 'unavailable' || error.code === 'deadline');
}
