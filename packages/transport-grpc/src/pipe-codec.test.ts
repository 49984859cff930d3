import { describe, expect, test } from '@jest/globals';
import { pipe } from '@ringcache/proto';
import fc from 'fast-check';

import { fieldContents } from './fields.js';
import { emptyResponse } from './pipe-codec.js';
import { type ReceivedRequest, readRequests, readResponses } from './pipe-decode.js';
import { decodeRequests, decodeResponses, encodeRequests, encodeResponses } from './testing/whole-messages.js';

const LIMIT = 100;
const uint32 = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 127, 128, 2 ** 31, 2 ** 32 - 1));
const uint53 = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 35, Number.MAX_SAFE_INTEGER));
// On both sides of every border: of a length that takes a byte more, and of what is written by a loop.
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
  fc.nat(300).map((length) => 'é'.repeat(length)),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(0, 1, 90, 127, 128, 16_300, 16_384).map((length) => new Uint8Array(length).fill(7)),
);
const buffer = bytes.map((some) => Buffer.from(some));
const flag = fc.boolean();
const weight = fc.double({ noNaN: true }).map((some) => some + 0); // never -0
const member = fc.record({ id: text, grpc: text, http: text, weight, incarnation: text });
const members = fc.array(member, { maxLength: 3 });
const names = fc.array(text, { maxLength: 3 });
const view = fc.record({
  id: text,
  lineage: text,
  number: uint53,
  members,
  before: members,
  armed: flag,
});
const status = {
  ...{ from: fc.option(member, { nil: undefined }), viewId: text, view: fc.option(view, { nil: undefined }) },
  ...{ isActive: flag, hears: names, isSettled: flag, isLeaving: flag, isGone: flag },
};
const asked = fc.option(fc.record({ ...status, cluster: text, to: text, hashing: text }), { nil: undefined });
const replied = fc.option(fc.record({ ...status, isGranted: flag }), { nil: undefined });
const op = fc.constantFrom(...Object.values(pipe.Op).filter((each) => each >= 0));
const source = fc.constantFrom(...Object.values(pipe.Source).filter((each) => each >= 0));
const request: fc.Arbitrary<pipe.Request> = fc.record({
  ...{ id: uint32, op, group: text, key: text, value: buffer, ttlMs: uint53, timeoutMs: uint32 },
  ...{ requestId: text, version: uint53, exchange: asked, traceParent: text, traceState: text },
  keepOwned: flag,
});
const error = fc.record({ code: text, message: text, retryAfterMs: uint32 });
const response: fc.Arbitrary<pipe.Response> = fc.record({
  ...{ id: uint32, error: fc.option(error, { nil: undefined }), value: buffer, version: uint53, ttlMs: uint53 },
  ...{ source, servedBy: text, absent: fc.boolean(), missing: fc.array(text, { maxLength: 3 }), staleForMs: uint53 },
  exchange: replied,
});
const requests = fc.record({ protocol: uint32, requests: fc.array(request, { maxLength: 6 }) });
const responses = fc.record({ protocol: uint32, ring: text, responses: fc.array(response, { maxLength: 6 }) });

/** What a test compares: bytes one by one take long. */
function inHex<E extends { value: Buffer }>(entries: readonly E[]) {
  return entries.map((entry) => ({ ...entry, value: entry.value.toString('hex') }));
}

describe('messages of a pipe', () => {
  test('are written as the generated code writes them, to the byte', () => {
    fc.assert(
      fc.property(requests, (message) => {
        expect(encodeRequests(message).equals(pipe.Requests.encode(message).finish())).toBe(true);
      }),
    );
    fc.assert(
      fc.property(responses, (message) => {
        expect(encodeResponses(message).equals(pipe.Responses.encode(message).finish())).toBe(true);
      }),
    );
  });

  test('are read as the generated code reads them', () => {
    fc.assert(
      fc.property(requests, (message) => {
        const read = decodeRequests(Buffer.from(pipe.Requests.encode(message).finish()), LIMIT);
        expect(read.protocol).toBe(message.protocol);
        expect(inHex(read.requests)).toEqual(inHex(message.requests));
      }),
    );
    fc.assert(
      fc.property(responses, (message) => {
        const read = decodeResponses(Buffer.from(pipe.Responses.encode(message).finish()), LIMIT);
        expect([read.protocol, read.ring]).toEqual([message.protocol, message.ring]);
        expect(inHex(read.responses)).toEqual(inHex(message.responses));
      }),
    );
  });

  test('have keys and values that outlive the message', () => {
    const one = { ...pipe.Request.decode(Buffer.alloc(0)), id: 2, key: 'k' };
    const input = Buffer.from(pipe.Requests.encode({ protocol: 1, requests: [one] }).finish());
    let kept: ReceivedRequest | undefined;
    readRequests(input, LIMIT, (received) => {
      kept = received;
      received.detach();
      return true;
    });
    const answer = Buffer.from(
      pipe.Responses.encode({
        protocol: 0,
        ring: '',
        responses: [{ ...emptyResponse(1), value: Buffer.from('v') }],
      }).finish(),
    );
    const values: Uint8Array[] = [];
    readResponses(answer, LIMIT, (received) => values.push(received.takeValue()));
    input.fill(0);
    answer.fill(0);
    expect(kept!.key).toBe('k');
    expect(values.map((value) => [value.buffer.byteLength, ...value])).toEqual([[1, 0x76]]);
  });

  test('share nothing that one of them could change', () => {
    const messageOf = (one: pipe.Response) =>
      Buffer.from(pipe.Responses.encode({ protocol: 0, ring: '', responses: [one] }).finish());
    const [first] = decodeResponses(messageOf(emptyResponse(1)), LIMIT).responses;
    const full = { ...emptyResponse(2), missing: ['a', 'b'] };
    expect(decodeResponses(messageOf(full), LIMIT).responses[0]!.missing).toEqual(['a', 'b']);
    expect(first!.missing).toEqual([]);
  });

  test('may have fields that are not known yet, of every type', () => {
    const unknown = [0xf8, 1, 0x80, 1, 0xf9, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0xfa, 1, 2, 9, 9, 0xfd, 1, 1, 2, 3, 4];
    const inner = [...unknown, 0x08, 5, ...unknown, 0x22, 1, 0x6b];
    const message = Buffer.from([...unknown, 0x12, inner.length, ...inner, ...unknown, 0x08, 1]);
    const { protocol, requests: read } = decodeRequests(message, LIMIT);
    expect({ protocol, ids: read.map(({ id }) => id), keys: read.map(({ key }) => key) }).toEqual({
      ...{ protocol: 1, ids: [5], keys: ['k'] },
    });
  });

  test('of any bytes are what the generated code takes them for, or are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (some) => {
        const input = Buffer.from(some);
        let read: pipe.Responses;
        try {
          read = decodeResponses(input, LIMIT);
        } catch (refusal) {
          expect(refusal).toBeInstanceOf(RangeError);
          return;
        }
        expect(read.responses.length).toBe(pipe.Responses.decode(input).responses.length);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['a field that is longer than its message', [0x12, 5, 1]],
    ['a field that is longer than the message it is in', [0x12, 2, 0x22, 5, 0x08, 1]],
    ['a number with no end', [0x80]],
    ['a number with no end at all', new Array(20).fill(0x80)],
    ['a wire type that does not exist', [0x17]],
    ['a fixed number that is cut off', [0x11, 1, 2, 3]],
    ['a field without a number', [0x00, 0]],
    ['a version above what a number can say', [0x12, 11, 0x48, ...new Array(9).fill(0xff), 0x01]],
  ])('with %s are refused', (_, some) => {
    expect(() => decodeRequests(Buffer.from(some), LIMIT)).toThrow(RangeError);
  });

  test('with an entry too many are refused before it is decoded', () => {
    const three = Buffer.from([0x12, 0, 0x12, 0, 0x12, 0]);
    expect(decodeRequests(three, 3).requests).toHaveLength(3);
    expect(() => decodeRequests(three, 2)).toThrow('more than 2 entries in one message');
    expect(() => decodeResponses(Buffer.from([0x1a, 0, 0x1a, 0]), 1)).toThrow('more than 1 entries');
  });
});

describe('the contents of a field', () => {
  test('are cut as the generated code writes them', () => {
    fc.assert(
      fc.property(requests, (message) => {
        const contents = fieldContents(encodeRequests(message), 2);
        expect(inHex(contents.map((content) => pipe.Request.decode(content)))).toEqual(inHex(message.requests));
      }),
    );
  });

  test('of any bytes are found, or the bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (some) => {
        try {
          for (const content of fieldContents(Buffer.from(some), 2)) expect(content.length).toBeLessThanOrEqual(200);
        } catch (refusal) {
          expect(refusal).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
