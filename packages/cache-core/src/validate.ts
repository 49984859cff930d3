import { CacheError } from './errors.js';

/** Longest key in UTF-8 bytes: as memcached's 250 is known to be too few, and a key is sent with every request. */
export const MAX_KEY_BYTES = 8 * 1024;

/** Longest group name in UTF-8 bytes. */
export const MAX_GROUP_BYTES = 256;

const UTF8_BYTES_PER_UNIT = 3; // at most, for one UTF-16 code unit

/** @throws {CacheError} `invalid_argument`: empty, too long, or not a string that UTF-8 can carry. */
export function checkKey(key: string): void {
  checkName('key', key, MAX_KEY_BYTES);
}

/** Checks no more than what a lookup needs, which finds nothing under a key that is none. @throws {CacheError} `invalid_argument`. */
export function checkIsText(key: string): void {
  if (typeof key !== 'string') checkKey(key);
}

/** @throws {CacheError} `invalid_argument`, as with {@link checkKey}. */
export function checkGroupName(name: string): void {
  checkName('group', name, MAX_GROUP_BYTES);
}

function checkName(what: string, name: string, maxBytes: number): void {
  if (typeof name !== 'string') throw invalid(`${what} must be a string`);
  if (name === '') throw invalid(`${what} must not be empty`);
  if (!isWellFormed(name)) throw invalid(`${what} has a lone surrogate, which UTF-8 cannot carry`);
  if (name.length * UTF8_BYTES_PER_UNIT <= maxBytes) return;
  const bytes = Buffer.byteLength(name);
  if (bytes > maxBytes) throw invalid(`${what} is ${bytes} bytes long; the limit is ${maxBytes}`);
}

// Every supported Node has String.prototype.isWellFormed (ES2024); TypeScript's es2023 library does not know it yet.
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function invalid(message: string): CacheError {
  return new CacheError('invalid_argument', message);
}
