import type { ErrorCode } from '@ringcache/cache-core';

interface Told {
  readonly status: number;
  readonly title: string;
}

/**
 * In place of a code, with the status 421: refused unread by a process that is not the member that was meant. It is
 * `unavailable` with nobody having answered, as if no process was there.
 */
export const MISDIRECTED = 'misdirected';

/** How each code is told over HTTP. */
export const HTTP_OF_CODE: Readonly<Record<ErrorCode, Told>> = {
  not_found: { status: 404, title: 'No such key' },
  no_such_group: { status: 404, title: 'No such group' },
  not_owner: { status: 421, title: 'Not the owner at this moment' },
  invalid_argument: { status: 400, title: 'Invalid argument' },
  too_large: { status: 413, title: 'Value too large' },
  overloaded: { status: 429, title: 'Overloaded' },
  unavailable: { status: 503, title: 'Unavailable' },
  deadline: { status: 504, title: 'Deadline exceeded' },
  unauthenticated: { status: 401, title: 'Unauthenticated' },
  permission_denied: { status: 403, title: 'Permission denied' },
  internal: { status: 500, title: 'Internal error' },
};

/** What a client waits before it asks again, where waiting helps, in whole seconds: the least there is. */
export const RETRY_AFTER_SECONDS = 1;

export function retryHelps(status: number): boolean {
  return status === 429 || status === 503;
}

/** The table the other way, for replies that name no code: those of a proxy, or of what is no ringcache at all. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'unavailable', // no node of ours, which would say what is not found: not to be taken for "no such key"
  408: 'deadline',
  413: 'too_large',
  421: 'unavailable', // of a proxy that has no such host
  429: 'overloaded',
  502: 'unavailable', // a gateway's: the node behind it did not answer
  503: 'unavailable',
  504: 'deadline',
};

export function codeOfStatus(status: number): ErrorCode {
  return CODE_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'invalid_argument' : 'internal');
}
