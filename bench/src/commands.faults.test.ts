import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import { engineCommand } from './engine/command.js';
import { hotKeysCommand } from './hot-keys/command.js';
import { memoryCommand } from './memory/command.js';
import type { Report } from './report.js';

const PATIENCE_MS = 180_000; // each test starts some processes: seconds, but many on a machine that does much else
const ENGINE_SIZES = '--entries 100 --rounds 3 --requests 500 --warm-up 500';
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const json = join(folder, 'report.json');
const figure = expect.any(Number);
let printed: string[];

beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => void jest.restoreAllMocks());

function report(): Report<unknown> {
  return JSON.parse(readFileSync(json, 'utf8'));
}

function writeTrace(name: string, ids: readonly number[]): void {
  const bytes = Buffer.alloc(4 * ids.length);
  for (const [i, id] of ids.entries()) bytes.writeUInt32LE(id, 4 * i);
  writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes));
  const idsSha256 = createHash('sha256').update(bytes).digest('hex');
  const unique = Math.max(...ids) + 1;
  const entry = { name, file: `${name}.br`, encoding: 'u32', requests: ids.length, unique, idsSha256 };
  writeFileSync(join(folder, 'index.json'), JSON.stringify([entry]));
}

async function engine(flags: string): Promise<void> {
  await engineCommand().parseAsync(`${flags} --json ${json}`.split(' '), { from: 'user' });
}

async function memory(flags: string): Promise<void> {
  await memoryCommand().parseAsync(`${flags} --json ${json}`.split(' '), { from: 'user' });
}

async function hotKeys(flags: string): Promise<void> {
  await hotKeysCommand().parseAsync(`${flags} --json ${json}`.split(' '), { from: 'user' });
}

test(
  'engine times each cache on keys in bytes beside a reference, and writes what it printed',
  async () => {
    await engine(`--workload hits --keys bytes --contender lru-cache-full,ringcache-lru ${ENGINE_SIZES}`);

    const { command, machine, flags, results } = report();
    expect({ command, machine, flags }).toMatchObject({
      command: 'engine',
      machine: { node: process.version },
      flags: { rounds: 3, requests: 500 },
    });
    expect(results).toMatchObject([
      {
        ...{ workload: 'hits', keys: 'bytes', entries: 100 },
        rows: [
          { contender: 'none', nsByRound: [figure, figure, figure], hitRatio: 1 },
          { contender: 'lru-cache-full', nsByRound: [figure, figure, figure], hitRatio: 1 },
          { contender: 'ringcache-lru', hitRatio: 1, timesAsFast: { 'lru-cache-full': figure } },
        ],
      },
    ]);
    expect(printed.join('\n')).toMatch(/hits, bytes keys, 100 entries\n\n\| cache +\| +ns\/op \| hit ratio \|/);
  },
  PATIENCE_MS,
);

test(
  'engine measures one cell after the other, a trace among them',
  async () => {
    writeTrace(
      'squares',
      Array.from({ length: 1_000 }, (_, i) => (i * i) % 100),
    );
    const choice = '--workload hits,trace --keys repeated --contender ringcache-lru';
    await engine(`${choice} ${ENGINE_SIZES} --traces ${folder} --trace squares`);
    const rows = ['none', 'ringcache-lru'].map((contender) => ({
      contender,
      nsByRound: [figure, figure, figure],
      hitRatio: figure,
    }));
    expect(report().results).toMatchObject([
      { workload: 'hits', keys: 'repeated', entries: 100, rows },
      { workload: 'trace', keys: 'repeated', entries: 10, rows },
    ]);
    expect(printed.join('\n')).toMatch(
      /trace squares, repeated keys, 10 entries\n\n\| cache +\| +ns\/op \| hit ratio \|/,
    );
  },
  PATIENCE_MS,
);

test('engine refuses a trace that is not in the folder, and names those that are', async () => {
  writeTrace('squares', [0, 1, 4]);
  await expect(engine(`--traces ${folder} --trace cubes`)).rejects.toThrow(/no trace cubes.*; there are squares/);
});

test('engine refuses workloads and keys that do not go together', async () => {
  await expect(engine('--workload sets --keys bytes')).rejects.toThrow('nothing to measure');
});

test(
  'memory weighs entries, filled and after evictions',
  async () => {
    await memory('--part footprint --contender map,ringcache-growing,ringcache-slabs --entries 2000');
    const reading = { counted: figure, resident: figure };
    expect(report()).toMatchObject({
      command: 'memory',
      results: {
        footprint: [
          { contender: 'ringcache-growing', filled: reading, churned: reading, held: expect.closeTo(1, 1) },
          { contender: 'ringcache-slabs', filled: { counted: null, resident: figure }, churned: { counted: null } },
        ],
      },
    });
    expect(printed.join('\n')).toContain('beyond key and value, 2,000 entries, then 2,000 evictions');
  },
  PATIENCE_MS,
);

test(
  'memory watches sets for stalls beside a loop without a cache',
  async () => {
    await memory('--part stalls --contender ringcache-slabs --entries 2000 --sets 2000 --rounds 1');
    expect(report().results).toMatchObject({
      stalls: ['existing', 'fresh'].flatMap((keys) =>
        ['none', 'ringcache-slabs'].map((contender) => ({ contender, keys, longestMs: figure, gcTotalMs: figure })),
      ),
    });
    expect(printed.join('\n')).toMatch(/2,000 evicting sets at 2,000 entries, fresh strings; ms, medians of 1/);
  },
  PATIENCE_MS,
);

test(
  'memory holds limits in bytes against what the process grows by',
  async () => {
    await memory('--part limit --bounded ringcache-heap,lru-cache --max-bytes 1000000 --values 1024');
    expect(report().results).toMatchObject({
      limit: ['ringcache-heap', 'lru-cache'].map((contender) => ({
        contender,
        valueBytes: 1_024,
        residentBytes: figure,
        peakBytes: figure,
      })),
    });
    expect(printed.join('\n')).toMatch(/\| lru-cache +\| +1,024 \|/);
  },
  PATIENCE_MS,
);

test(
  'hot-keys counts what owners are asked for under each rule, the same each time, and writes what it printed',
  async () => {
    const flags = '--nodes 3 --keys 100 --gets 2000 --rate 1_000 --hot-ttl 2s --value-bytes 10';
    await hotKeys(flags);
    type Row = { rule: string; serves: number[]; busiest: number; hotHits: number; copies: number };
    const rows = report().results as Row[];
    const [none, dice, every, popular, unlimited] = rows as [Row, Row, Row, Row, Row];
    expect(rows.map(({ rule }) => rule)).toEqual(['none', 'dice', 'every', 'popular', 'unlimited']);
    expect(none).toMatchObject({ hotHits: 0, copies: 0, serves: [figure, figure, figure] });
    for (const copying of [dice, every, popular, unlimited]) expect(copying.busiest).toBeLessThan(none.busiest);
    expect(popular.busiest).toBeLessThan(dice.busiest);
    expect(unlimited.busiest).toBeLessThanOrEqual(popular.busiest);
    expect(printed.join('\n')).toMatch(/2,000 gets at 1,000\/s over 3 nodes/);
    expect(printed.join('\n')).toContain(popular.busiest.toLocaleString('en-GB'));

    await hotKeys(`${flags} --rule popular`);
    expect(report().results).toEqual([popular]);
  },
  PATIENCE_MS,
);

test('hot-keys refuses rules and exponents that there are not', async () => {
  for (const flags of ['--rule often', '--exponent 0', '--exponent steep']) {
    const command = hotKeysCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await expect(command.parseAsync(flags.split(' '), { from: 'user' })).rejects.toThrow(/there is no often|must be/);
  }
});
