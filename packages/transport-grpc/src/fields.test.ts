import { describe, expect, test } from '@jest/globals';
import { pipe } from '@ringcache/proto';
import fc from 'fast-check';

import { countFields, fieldContents } from './fields.js';
import { decodeRequests, decodeResponses, encodeRequests } from './pipe-codec.js';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const uint53 = fc.maxSafeNat();
const unicode = fc.string({ unit: 'grapheme', maxLength: 30 });
const request: fc.Arbitrary<pipe.Request> = fc.record({
  id: uint32,
  op: fc.constantFrom(...Object.values(pipe.Op).filter((op) => op >= 0)),
  group: unicode,
  key: unicode,
  value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  ttlMs: uint53,
  timeoutMs: uint32,
  requestId: unicode,
  version: uint53,
});

describe('the fields of a message', () => {
  test('are counted and cut as the generated code writes them', () => {
    fc.assert(
      fc.property(uint32, fc.array(request, { maxLength: 5 }), (protocol, requests) => {
        const bytes = encodeRequests({ protocol, requests });
        expect(countFields(bytes, 2)).toBe(requests.length);
        expect(fieldContents(bytes, 2).map((content) => pipe.Request.decode(content))).toEqual(requests);
        expect(decodeRequests(bytes, requests.length)).toEqual({ protocol, requests });
      }),
    );
  });

  test('of any bytes are found, or the bytes are refused: never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const content of fieldContents(Buffer.from(bytes), 2)) expect(content.length).toBeLessThanOrEqual(200);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  test.each([
    ['a field that is longer than its message', [0x12, 5, 1]],
    ['a number with no end', [0x80]],
    ['a wire type that does not exist', [0x17]],
    ['a fixed number that is cut off', [0x11, 1, 2, 3]],
  ])('with %s are refused', (_, bytes) => {
    expect(() => countFields(Buffer.from(bytes), 2)).toThrow(RangeError);
  });

  test('an entry too many is refused before it is decoded', () => {
    const three = Buffer.from([0x12, 0, 0x12, 0, 0x12, 0]);
    expect(decodeRequests(three, 3).requests).toHaveLength(3);
    expect(() => decodeRequests(three, 2)).toThrow('3 entries in one message; the limit is 2');
    expect(() => decodeResponses(Buffer.from([0x1a, 0, 0x1a, 0]), 1)).toThrow('2 entries');
  });
});
