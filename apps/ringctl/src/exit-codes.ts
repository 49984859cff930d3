// What a script can tell by the exit code. 0 to 2 are as with the other programs of this repository.

import { CacheError, type ErrorCode } from '@ringcache/cache-core';
import { ConfigError } from '@ringcache/config';

export const EXIT = { ok: 0, failed: 1, badUse: 2, notFound: 3, denied: 4, timeout: 5 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0  done
  1  failed: nobody answered, some member did not, or it was not confirmed
  2  bad use: a flag, an argument or a setting, or what a member refuses as invalid
  3  there is no such key, group or member
  4  not permitted: a token is missing, wrong, or has not the role
  5  no answer in time`;

const BY_CODE: Readonly<Record<ErrorCode, ExitCode>> = {
  not_found: EXIT.notFound,
  no_such_group: EXIT.notFound,
  not_owner: EXIT.failed, // never told to a client
  invalid_argument: EXIT.badUse,
  too_large: EXIT.badUse,
  deadline: EXIT.timeout,
  unavailable: EXIT.failed,
  overloaded: EXIT.failed,
  unauthenticated: EXIT.denied,
  permission_denied: EXIT.denied,
  internal: EXIT.failed,
};

/** Ends the program with a line on standard error. */
export class Failure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Failure) return error.exitCode;
  if (error instanceof ConfigError) return EXIT.badUse;
  return error instanceof CacheError ? BY_CODE[error.code] : EXIT.failed;
}

/** Of several members: 0 if all did it; the code that their failures share, else 1. */
export function exitCodeOfAll(failures: readonly unknown[]): ExitCode {
  const codes = new Set(failures.map(exitCodeOf));
  if (codes.size === 0) return EXIT.ok;
  return codes.size === 1 ? [...codes][0]! : EXIT.failed;
}
