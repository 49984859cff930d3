import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { createPolicy } from '@ringcache/policies';

import { randomFrom } from '../random.js';
import { madeUpCells, recordedCells } from './cells.js';
import { report } from './command.js';
import { madeUpTrace } from './made-up-traces.js';
import { optimalHits } from './optimum.js';
import { readRecordedTrace } from './recorded-trace.js';
import { runCells } from './run-cells.js';
import { hitsOf } from './simulate.js';
import { readIndex } from './trace-folder.js';

const IDS = [0, 1, 2, 0, 3, 0, 1, 300, 1]; // in two entries FIFO and LRU hit twice, and no policy more than thrice
const SIZES = IDS.map((id) => 10 + id);

const words = (ids: readonly number[]) => Buffer.from(Uint32Array.from(ids).buffer);
const sha256 = (ids: readonly number[]) => createHash('sha256').update(words(ids)).digest('hex');
const varint = (n: number): number[] => (n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))]);
const zigzag = (n: number) => (n < 0 ? -2 * n - 1 : 2 * n);
const differences = IDS.map((id, i) => zigzag(id - (IDS[i - 1] ?? 0)));

const plain = { name: 'plain', requests: 9, unique: 301, idsSha256: sha256(IDS), encoding: 'u32', file: 'plain.br' };
const sized = { ...plain, name: 'sized', encoding: 'dv', file: 'sized.br', sizesFile: 'sizes.br' };

function makeFolder(options: { index?: unknown; ratios?: unknown; plain?: Buffer } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'hit-ratio-'));
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  write('index.json', options.index ?? [plain, sized]);
  const at = { trace: 'plain', size: 2, unit: 'entries', requests: 9 };
  write(
    'hit-ratios.json',
    options.ratios ?? [
      { ...at, policy: 'OPT', hits: 3 },
      { ...at, policy: 'FIFO', hits: 2 },
      { ...at, policy: 'LRU', hits: 3 }, // wrong on purpose
      { ...at, policy: 'Best', hits: 8 },
      { ...at, trace: 'sized', size: 24, unit: 'bytes', policy: 'FIFO', hits: 2 },
    ],
  );
  writeFileSync(join(folder, 'plain.br'), options.plain ?? brotliCompressSync(words(IDS)));
  writeFileSync(join(folder, 'sized.br'), brotliCompressSync(Buffer.from(differences.flatMap(varint))));
  writeFileSync(join(folder, 'sizes.br'), brotliCompressSync(Buffer.from(SIZES.flatMap(varint))));
  return folder;
}

const entryIn = (folder: string, name: string) => readIndex(folder).find((entry) => entry.name === name)!;

test('both encodings give the ids that went in, and the sizes', () => {
  const folder = makeFolder();
  expect([...readRecordedTrace(folder, entryIn(folder, 'plain')).ids]).toEqual(IDS);
  const { ids, sizes } = readRecordedTrace(folder, entryIn(folder, 'sized'));
  expect([[...ids], [...sizes!]]).toEqual([IDS, SIZES]);
});

test.each([
  ['a trace file that is missing', { index: [{ ...plain, file: 'none.br' }] }, /none\.br can't be read/],
  ['one that is no brotli', { plain: Buffer.from('no brotli at all') }, /plain\.br is damaged/],
  ['one that was cut short', { plain: brotliCompressSync(words(IDS).subarray(0, 30)) }, /does not hold 9 ids/],
  [
    'one with another id',
    { plain: brotliCompressSync(words([...IDS.slice(1), 7])) },
    /damaged: its ids have another checksum/,
  ],
  ['an index that counts too few ids', { index: [{ ...plain, unique: 300 }] }, /ids beyond the 300/],
  ['an index without a checksum', { index: [{ ...plain, idsSha256: undefined }] }, /"idsSha256" of item 1/],
  ['an index that is no list', { index: {} }, /index\.json holds no list/],
])('%s is told, with the file', (_, options, message) => {
  const folder = makeFolder(options);
  expect(() => readRecordedTrace(folder, entryIn(folder, 'plain'))).toThrow(message);
});

test('hit ratios that are missing, wrong, or of another trace of that name are told', () => {
  expect(() => recordedCells(tmpdir(), {})).toThrow(/hit-ratios\.json can't be read/);
  expect(() => recordedCells(makeFolder({ ratios: [{ trace: 'plain' }] }), {})).toThrow(/"size" of item 1/);
  const other = { trace: 'plain', size: 2, unit: 'entries', policy: 'LRU', requests: 8, hits: 1 };
  expect(() => recordedCells(makeFolder({ ratios: [other] }), {})).toThrow('plain has 9 requests, its hit ratios 8');
});

test('a name that is no trace is refused with those there are', () => {
  expect(() => recordedCells(makeFolder(), { trace: 'oltp' })).toThrow(
    'there is no trace oltp; there are plain, sized',
  );
  expect(() => madeUpCells({ trace: 'oltp' })).toThrow(/there are zipf, loop, scan, shifting/);
});

test('the report has ours and the references, what is equal, the mean, the regret and the virtual best', async () => {
  const told: string[] = [];
  const results = await runCells(recordedCells(makeFolder(), {}), {
    policies: ['fifo', 'lru', 'auto'],
    withOptimum: false,
    onProgress: (done, all, name) => told.push(`${done}/${all} ${name}`),
  });
  expect(results.map(({ cell, hits }) => [cell.trace, hits.get('fifo'), hits.get('lru')])).toEqual([
    ['plain', 2, 2],
    ['sized', 2, 2], // object 300 is larger than the cache and never comes in
  ]);
  expect(told).toHaveLength(6);
  const text = report(results);
  expect(text).toMatch(/plain@2 +\| +22\.22 \| +22\.22 \| .* 88\.89 \| Best \|/);
  expect(text).toContain('Mean hit ratio in percent over 1 cells');
  expect(text).toMatch(/\| lru +\| 22\.22 \| +66\.67 \| plain@2 \|/);
  expect(text).toContain('nobody knows beforehand: 88.89');
  expect(text).toContain('fifo = FIFO: 2 of 2\n');
  expect(text).toContain('lru = LRU: 0 of 1; not plain@2 -1');
});

test('a size that has no reference is simulated all the same', async () => {
  const cells = recordedCells(makeFolder(), { trace: 'plain', size: 3 });
  const [result] = await runCells(cells, { policies: ['lru'], withOptimum: false, onProgress: () => undefined });
  expect(result?.hits.get('lru')).toBe(3);
  expect(report([result!])).toMatch(/plain@3 +\| 33\.33 \| 33\.33 \| lru/);
});

test('the optimum is that of looking ahead for whoever is needed last', () => {
  const random = randomFrom(7);
  const skewed = Uint32Array.from({ length: 1_500 }, () => Math.floor(300 * random() ** 3));
  expect(optimalHits({ ids: Uint32Array.from(IDS), unique: 301 }, 2)).toBe(3);
  for (const limit of [1, 5, 40, 200]) {
    expect(optimalHits({ ids: skewed, unique: 300 }, limit)).toBe(naiveOptimum(skewed, limit));
  }
});

function naiveOptimum(ids: Uint32Array, limit: number): number {
  const cache = new Set<number>();
  let hits = 0;
  ids.forEach((id, i) => {
    if (cache.has(id)) hits++;
    else if (cache.size === limit) {
      const nextUse = (other: number) => (ids.includes(other, i) ? ids.indexOf(other, i) : Number.POSITIVE_INFINITY);
      cache.delete([...cache].reduce((last, other) => (nextUse(other) > nextUse(last) ? other : last)));
    }
    cache.add(id);
  });
  return hits;
}

test('made-up requests are always the same, and no policy hits more than the optimum', () => {
  const requests = 100_000; // of half a million, so that it takes less
  const trace = madeUpTrace('loop', requests);
  expect(Buffer.from(madeUpTrace('loop', requests).ids.buffer).equals(Buffer.from(trace.ids.buffer))).toBe(true);
  const most = optimalHits(trace, 2_000);
  const ours = hitsOf(createPolicy('auto', { maxEntries: 2_000 }), trace, 2_000);
  expect(ours).toBeLessThan(most);
  expect(ours).toBeGreaterThan(0.9 * most);
});
