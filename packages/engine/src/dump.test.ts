import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { Cache } from './cache.js';
import { type DumpRecord, dumpEntries, loadEntries, verifyDump } from './dump.js';
import { DumpError } from './dump-error.js';

const HEADER = { name: 'scores', savedAt: 1_700_000_000_000 };
const LARGE = 600_000; // bytes: in three blocks

const record = fc.record({
  key: fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constant('half a pair: \ud800')),
  value: fc.uint8Array({ maxLength: 300 }),
  version: fc.oneof(fc.constant(0), fc.maxSafeNat()),
  ttlMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ min: 0.001, max: 1e12, noNaN: true })),
});

async function piecesDumped(records: Iterable<DumpRecord>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of dumpEntries(records, HEADER)) pieces.push(piece);
  return pieces;
}

async function dumped(records: Iterable<DumpRecord>): Promise<Buffer> {
  return Buffer.concat(await piecesDumped(records));
}

async function loaded(stream: Iterable<Uint8Array>): Promise<object[]> {
  const records: object[] = [];
  for await (const some of loadEntries(stream)) records.push(...some.map(comparable));
  return records;
}

/** Long values are compared faster as text. */
function comparable({ value, ...rest }: DumpRecord): object {
  return { ...rest, value: Buffer.from(value).toString('latin1') };
}

/** What the dump is refused with. */
async function refusal(...stream: Uint8Array[]): Promise<DumpError> {
  const error: unknown = await verifyDump(stream).then(
    () => new Error('it was taken for a good dump'),
    (error: unknown) => error,
  );
  if (error instanceof DumpError) return error;
  throw error;
}

function piecesOf(bytes: Buffer, length: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; at += length) pieces.push(bytes.subarray(at, at + length));
  return pieces;
}

const large = (key: string, fill: number): DumpRecord => {
  const value = Buffer.alloc(LARGE, `these bytes ${fill} `);
  return { key, value, version: 1, ttlMs: 5 };
};

describe('a dump', () => {
  test('gives back any records in their order, however its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record), fc.integer({ min: 1, max: 5_000 }), async (records, length) => {
        const bytes = await dumped(records);
        const pieces = piecesOf(bytes, length);
        expect(await verifyDump(pieces)).toEqual({ ...HEADER, entries: records.length, bytes: bytes.byteLength });
        expect(await loaded(pieces)).toEqual(records.map(comparable));
      }),
    );
  });

  test('gives back values that are longer than a block, and records that lie across blocks', async () => {
    const small = Array.from({ length: 3_000 }, (_, i) => ({
      key: `键 ${i}`,
      value: Buffer.alloc(90, i),
      version: i,
      ttlMs: 9,
    }));
    const records = [
      large('a', 1),
      ...small,
      large('b', 2),
      { key: '', value: new Uint8Array(0), version: 0, ttlMs: 1 },
    ];
    const pieces = await piecesDumped(records);
    expect(pieces.length).toBeGreaterThan(6);
    expect(Math.max(...pieces.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(1024 * 1024);
    expect(await loaded(pieces)).toEqual(records.map(comparable));
  });

  test('leaves out what has expired', async () => {
    const records = [0, -5, 7].map((ttlMs) => ({ key: `${ttlMs}`, value: new Uint8Array(1), version: 0, ttlMs }));
    expect(await loaded([await dumped(records)])).toEqual([comparable(records[2]!)]);
  });

  test('asks for records only as it is read', async () => {
    let asked = 0;
    function* endless(): Generator<DumpRecord> {
      for (;;) yield { key: `${asked++}`, value: Buffer.alloc(1000), version: 0, ttlMs: 1 };
    }
    const dump = dumpEntries(endless(), HEADER);
    await dump.next(); // the header
    await dump.next();
    expect(asked).toBeLessThan(400); // a block, and the run that goes on after it
    await dump.return(undefined);
  });

  test('leaves the event loop free between its blocks, written and read', async () => {
    let turns = 0;
    let turn = setImmediate(function count() {
      turns++;
      turn = setImmediate(count);
    });
    try {
      const bytes = await dumped([large('a', 0), large('b', 0)]);
      expect(turns).toBeGreaterThanOrEqual(4);
      turns = 0;
      await verifyDump([bytes]);
      expect(turns).toBeGreaterThanOrEqual(4);
    } finally {
      clearImmediate(turn);
    }
  });

  test('of a cache is a cache again, whatever comes and goes while it is written', async () => {
    let now = 0;
    const cache = new Cache<Uint8Array>({ policy: 'lru', now: () => now });
    const value = Buffer.alloc(1_000, 'v');
    for (let i = 0; i < 2_000; i++) cache.set(`${i}`, value, i % 2 === 0 ? 5_000 : undefined, i);
    const pieces: Uint8Array[] = [];
    for await (const piece of dumpEntries(cache.entries(), HEADER)) {
      pieces.push(piece);
      if (pieces.length === 1) continue; // the header: no entry was asked for yet
      for (let i = 1_990; i < 2_000; i++) cache.delete(`${i}`);
      for (let i = 0; i < 1_000; i++) cache.set(`new ${pieces.length} ${i}`, value);
      if (pieces.length === 5) cache.clear();
      now = 1_000;
    }
    const again = new Cache<Uint8Array>({ policy: 'lru', now: () => now });
    for await (const records of loadEntries(pieces)) {
      for (const { key, value, ttlMs, version } of records) again.set(key, value, ttlMs, version);
    }
    expect([again.peek('0'), again.has('1999')]).toEqual([value, false]);
    const [first, last] = [again.locate('0'), again.locate('1001')];
    expect([again.ttlAt(first), again.versionAt(first)]).toEqual([5_000, 0]);
    expect([again.ttlAt(last), again.versionAt(last)]).toEqual([Number.POSITIVE_INFINITY, 1_001]);
  });

  test('closes the stream that it is read from, whether it is good or not', async () => {
    const bytes = await dumped([]);
    for (const each of [bytes, bytes.subarray(1)]) {
      let closed = 0;
      const stream = (function* () {
        try {
          yield each;
          yield new Uint8Array(0);
        } finally {
          closed++;
        }
      })();
      await verifyDump(stream).catch(() => {});
      expect(closed).toBe(1);
    }
  });
});

describe('a dump is refused', () => {
  const records = [
    { key: 'a', value: Buffer.from('one'), version: 1, ttlMs: 1000 },
    { key: 'é', value: Buffer.from(''), version: 2, ttlMs: Number.POSITIVE_INFINITY },
  ];

  test('with any bit of it turned over', async () => {
    const bytes = await dumped(records);
    for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
      const bad = Buffer.from(bytes);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      const { fault, offset } = await refusal(bad);
      if (bit >= 16 * 8 && fault !== 'damaged' && fault !== 'truncated') throw new Error(`bit ${bit}: ${fault}`);
      expect(offset).toBeLessThanOrEqual(bytes.byteLength);
    }
  });

  test('with any byte of a large one changed', async () => {
    const bytes = await dumped([large('a', 1), large('b', 2)]);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        bytes[at]! ^= change;
        try {
          await refusal(bytes);
        } finally {
          bytes[at]! ^= change;
        }
      }),
      { numRuns: 60 },
    );
    expect((await verifyDump([bytes])).entries).toBe(2);
  });

  test('cut off anywhere, and says so', async () => {
    const bytes = await dumped(records);
    for (let length = 1; length < bytes.byteLength; length++) {
      const { fault, message } = await refusal(bytes.subarray(0, length));
      expect([fault, message]).toEqual(['truncated', expect.stringContaining(`at byte`)]);
    }
    expect((await refusal()).fault).toBe('foreign');
  });

  test('with a block missing, doubled, or in another place', async () => {
    const [head, one, two, three, ...rest] = await piecesDumped([large('a', 1)]);
    for (const parts of [
      [head!, two!, three!],
      [head!, one!, one!, two!, three!],
      [head!, two!, one!, three!],
      [head!],
    ]) {
      expect((await refusal(...parts, ...rest)).message).toMatch(/the checksum of (block \d|the trailer) is wrong/);
    }
  });

  test('with the end of another one of the same length', async () => {
    const [one, other] = [await dumped([records[0]!]), await dumped([{ ...records[0]!, key: 'b' }])];
    expect(one.byteLength).toBe(other.byteLength);
    expect((await refusal(one.subarray(0, -16), other.subarray(-16))).message).toContain('the trailer');
  });

  test('with something after its end', async () => {
    expect((await refusal(await dumped(records), Buffer.from('\n'))).message).toMatch(/^something follows the end/);
  });

  test('of a newer version, which is said with both numbers', async () => {
    const bytes = await dumped(records);
    bytes.writeUInt32LE(7, 8);
    const { fault, message } = await refusal(bytes);
    expect(fault).toBe('newer');
    expect(message).toBe('the dump has version 7 of its format; this one reads up to 1 (newer at byte 8)');
  });

  test('that is something else, a dump that was sent as text among it', async () => {
    const bytes = await dumped(records);
    const asText = Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
    for (const foreign of [Buffer.from('{"key":"value"}'), Buffer.from('x'), asText, Buffer.alloc(4096)]) {
      expect(await refusal(foreign)).toMatchObject({ fault: 'foreign', offset: 0 });
    }
  });

  test('by loadEntries too, before a record of the damaged block is out', async () => {
    const bytes = await dumped([large('a', 1), large('b', 2)]);
    bytes[bytes.byteLength - 100]! ^= 1;
    const keys: string[] = [];
    const load = async () => {
      for await (const some of loadEntries([bytes])) keys.push(...some.map(({ key }) => key));
    };
    await expect(load()).rejects.toThrow(DumpError);
    expect(keys).toEqual(['a']);
  });
});
