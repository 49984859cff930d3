import { crc32 } from 'node:zlib';
import { StudentError } from './errors.js';

// A token names the last student of a page by id, so that pages stay where they are while students come and go; a
// number of rows to skip would shift. The version and the checksum make sure that a token is one of ours, from this
// list: they catch mistakes, they are no secret.
const VERSION = 1;
const BYTES = 9; // version, id, CRC-32
const MAX_ID = 2 ** 31 - 1; // PostgreSQL's integer; the database would fail on more

export function encodePageToken(lastId: number): string {
  const token = Buffer.alloc(BYTES);
  token.writeUInt8(VERSION, 0);
  token.writeUInt32BE(lastId, 1);
  token.writeUInt32BE(crc32(token.subarray(0, 5)), 5);
  return token.toString('base64url');
}

/**
 * @returns the id after which the page begins; 0 for the empty token, the first page.
 * @throws {StudentError} `INVALID_PAGE`: not a token of {@link encodePageToken}.
 */
export function decodePageToken(token: string): number {
  if (token === '') return 0;
  const bytes = Buffer.from(token.slice(0, 2 * BYTES), 'base64url');
  const lastId = bytes.length === BYTES ? bytes.readUInt32BE(1) : 0;
  // Buffer skips what is not base64; only a token that encodes to itself is ours.
  if (lastId > MAX_ID || encodePageToken(lastId) !== token) throw new StudentError('INVALID_PAGE');
  return lastId;
}
