// What the batched floors send: records as long as ours are once they are encoded, with no more in them than a Map needs, all at
// fixed places. A message is some records one after the other; how long they are says layout.ts.
//
// A request: its id in 4 bytes, the key, and padding. An answer: the id, the value, and padding.

import { KEY_BYTES } from '../keys.js';

export interface Layout {
  readonly requestBytes: number;
  readonly answerBytes: number;
  /** Of a unary call, whose messages are not records: the key and padding, the value and padding. */
  readonly unaryRequestBytes: number;
  readonly unaryAnswerBytes: number;
  readonly valueBytes: number;
}

export type Values = ReadonlyMap<string, Buffer>;

const ID_BYTES = 4;

export interface Asked {
  readonly id: number;
  readonly key: string;
}

export function encodeRequests(asked: readonly Asked[], { requestBytes }: Layout): Buffer {
  const bytes = Buffer.allocUnsafe(asked.length * requestBytes);
  let at = 0;
  for (const { id, key } of asked) {
    bytes.writeUInt32LE(id, at);
    bytes.write(key, at + ID_BYTES, 'latin1');
    at += requestBytes;
  }
  return bytes;
}

/** Answers whole records. @throws {Error} for a key that isn't there. */
export function answerRequests(requests: Buffer, values: Values, { requestBytes, answerBytes }: Layout): Buffer {
  const answers = Buffer.allocUnsafe((requests.length / requestBytes) * answerBytes);
  let to = 0;
  for (let at = 0; at < requests.length; at += requestBytes) {
    const key = requests.toString('latin1', at + ID_BYTES, at + ID_BYTES + KEY_BYTES);
    const value = values.get(key);
    if (value === undefined) throw new Error(`${key} is not there`);
    answers.writeUInt32LE(requests.readUInt32LE(at), to);
    answers.set(value, to + ID_BYTES);
    to += answerBytes;
  }
  return answers;
}

/** Calls back for each answer of whole records; values are views. */
export function decodeAnswers(
  answers: Buffer,
  { answerBytes, valueBytes }: Layout,
  each: (id: number, value: Buffer) => void,
): void {
  for (let at = 0; at < answers.length; at += answerBytes) {
    each(answers.readUInt32LE(at), answers.subarray(at + ID_BYTES, at + ID_BYTES + valueBytes));
  }
}

/** Cuts what a socket gives, which may end within a record, into whole records. */
export class WholeRecords {
  readonly #bytes: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(recordBytes: number) {
    this.#bytes = recordBytes;
  }

  /** The records that are complete by now, none twice; may be empty. */
  push(chunk: Buffer): Buffer {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = all.length - (all.length % this.#bytes);
    this.#rest = all.subarray(whole);
    return all.subarray(0, whole);
  }
}
