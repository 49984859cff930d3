import { bytes, message, number } from './wire-bytes.js';

/** A get of a key in the group that tests serve, as an entry of a message. */
export function getEntry(id: number, key: string, ...more: Uint8Array[]): Buffer {
  return bytes(2, number(1, id), number(2, 1), bytes(3, 'g'), bytes(4, key), ...more);
}

/** A message to a server, as the first of a stream has to be. */
export function firstRequests(...entries: Uint8Array[]): Buffer {
  return message(number(1, 1), ...entries);
}

/** An answer, as an entry of a message. */
export function answerEntry(id: number, ...fields: Uint8Array[]): Buffer {
  return bytes(3, number(1, id), ...fields);
}

/** A message to a client, as the first of a stream has to be. */
export function firstResponses(...entries: Uint8Array[]): Buffer {
  return message(number(1, 1), ...entries);
}
