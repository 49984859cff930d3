import { randomBytes } from 'node:crypto';

/** Follows a request through every member's logs. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

// What a log line, and a header, can carry unharmed; 128 is more than a trace id with its span.
const VALID = /^[\x20-\x7e]{1,128}$/;

const PROCESS = randomBytes(6).toString('base64url');
let count = 0;

export function isRequestId(text: string | undefined): text is string {
  return text !== undefined && VALID.test(text);
}

/** Unique among processes by chance (48 bits), within one by counting. Not a secret. */
export function newRequestId(): string {
  count++;
  return `${PROCESS}-${count.toString(36)}`;
}
