import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ring } from './ring.js';
import { xxHash32 } from './xxhash32.js';

const ring = Ring.of([{ id: 'a' }], { replicas: 1 });

describe('the hash of a key', () => {
  /** UTF-16 units one by one, so that surrogates stand alone too. */
  const anyText = (maxLength: number) =>
    fc
      .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0xffff })), { maxLength })
      .map((units) => String.fromCharCode(...units));

  test('is xxHash32 of its UTF-8 bytes, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyText(40), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii' })),
        (key) => {
          expect(ring.locate(key).hash).toBe(expectedHash(key));
        },
      ),
      { numRuns: 1000 },
    );
  });

  // On both sides of every length at which the way to the bytes changes.
  test.each([0, 1, 15, 16, 17, 31, 32, 33, 1023, 1024, 1025, 5000])('is that also of %i units', (length) => {
    for (const unit of ['a', 'é', '张', '\ud83c']) {
      const key = unit.repeat(length);
      expect(ring.locate(key).hash).toBe(expectedHash(key));
    }
  });

  test('does not depend on the key before', () => {
    const before = ring.locate('short').hash;
    ring.locate('张'.repeat(1000));
    expect(ring.locate('short').hash).toBe(before);
  });

  test('never changes from one release to the next', () => {
    const keys = ['', 'Tom', 'student:1', '张三', 'emoji-🎓'];
    expect(keys.map((key) => ring.locate(key).hash)).toEqual([
      '46947589',
      '3596781705',
      '1652489721',
      '2555302809',
      '1998963539',
    ]);
  });
});

describe('the points of a member', () => {
  test('are xxHash32 of the id and the replica as four bytes, little-endian', () => {
    const id = 'cache-0.张:8080';
    const points = [...Ring.of([{ id }], { replicas: 300 }).points()].map(({ hash }) => Number(hash));
    const expected = Array.from({ length: 300 }, (_, replica) => {
      const tail = Buffer.alloc(4);
      tail.writeUInt32LE(replica);
      return hashOf(Buffer.concat([Buffer.from(id), tail]));
    });
    expect(points).toEqual(expected.sort((a, b) => a - b));
  });

  test('are shared by no two of a hundred members of one cluster, but by chance', () => {
    const members = Array.from({ length: 100 }, (_, i) => ({ id: `10.0.0.${i}` }));
    const points = [...Ring.of(members, { replicas: 256 }).points()].map(({ hash }) => hash);
    // By chance 25,600 hashes of 32 bits hold 0.08 equal pairs.
    expect(points.length - new Set(points).size).toBeLessThanOrEqual(2);
  });
});

function expectedHash(key: string): string {
  return String(hashOf(Buffer.from(key)));
}

function hashOf(bytes: Buffer): number {
  return xxHash32(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length);
}
