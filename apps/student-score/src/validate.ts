import { StudentError } from './errors.js';

export const MAX_NAME_CHARACTERS = 64; // code points, as PostgreSQL counts them in VARCHAR(64)
export const MAX_SCORE = 150;

const CONTROL_OR_SEPARATOR = /[\p{Cc}\p{Zl}\p{Zp}]/u; // NUL among them, which PostgreSQL refuses in any text
const SPACE_AT_AN_END = /^\s|\s$/u;

/**
 * A name is also the key in the cache, so that it is refused rather than trimmed or normalised: what a caller wrote
 * and what the cache was asked for must be the same bytes.
 */
export function isName(name: string): boolean {
  if (name === '' || name.length > 2 * MAX_NAME_CHARACTERS) return false; // two UTF-16 units a character at most
  return [...name].length <= MAX_NAME_CHARACTERS && !CONTROL_OR_SEPARATOR.test(name) && !SPACE_AT_AN_END.test(name);
}

/** @throws {StudentError} `INVALID_NAME`. */
export function checkName(name: string): void {
  if (!isName(name)) throw new StudentError('INVALID_NAME');
}

/**
 * @returns the score as exact hundredths written in decimal (`87.5`, never `-0`).
 * @throws {StudentError} `INVALID_SCORE`: not a number from 0 to 150, or more than two decimals.
 */
export function checkScore(score: number): string {
  // Written so that NaN fails. Dividing back compares with the double nearest to the hundredths: 87.55 * 100 is not 8755.
  const hundredths = Math.round(score * 100);
  if (!(score >= 0 && score <= MAX_SCORE && hundredths / 100 === score)) throw new StudentError('INVALID_SCORE');
  return String(score + 0); // -0 + 0 is 0
}
