import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import { clusterCommand } from '../cluster/command.js';
import { latencyCommand } from '../latency/command.js';
import type { SlowCell } from '../latency/run-slow.js';
import type { Report } from '../report.js';
import { runningProcesses } from '../running-processes.js';
import { transportCommand } from './command.js';

// Each test starts a dozen processes or more, and then measures: half a minute, but some on a machine that does much else.
const PATIENCE_MS = 300_000;
const TINY = '--keys 200 --rounds 1 --duration 50ms';
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const json = join(folder, 'report.json');
const figure = expect.any(Number);
let printed: string[];
let seen: string[]; // processes that ran when a command last told how far it is

beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  seen = [];
  jest.spyOn(console, 'error').mockImplementation(() => {
    seen = runningProcesses();
  });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

function report(): Report<unknown> {
  return JSON.parse(readFileSync(json, 'utf8'));
}

/** A command resolves when all that it has started has ended. */
function expectAllStopped(): void {
  expect(seen).not.toEqual([]);
  expect(runningProcesses()).toEqual([]);
}

test(
  'cluster asks three nodes by both balancings, writes what it printed, and stops everything',
  async () => {
    const flags = `--contender ringcache --callers 4 --value-bytes 64 ${TINY} --json ${json}`;
    await clusterCommand().parseAsync(flags.split(' '), { from: 'user' });
    const { command, results } = report();
    expect(command).toBe('cluster');
    const rows = ['ringcache-owner', 'ringcache-round-robin'].map((contender) => ({
      contender,
      figures: { getsPerSecond: figure, p50Ms: figure, p99Ms: figure, p999Ms: figure },
      rounds: [{ getsPerSecond: figure }],
    }));
    expect(results).toMatchObject({ skipped: [], cells: [{ callers: 4, valueBytes: 64, rows }] });
    expect(printed.join('\n')).toMatch(/4 callers, values of 64 bytes\n\n\| contender +\| +gets\/s \|/);
    expectAllStopped();
  },
  PATIENCE_MS,
);

test(
  'transport times each way in beside its floors, and stops everything',
  async () => {
    await transportCommand().parseAsync(`--callers 4 ${TINY} --json ${json}`.split(' '), { from: 'user' });
    expect(report()).toMatchObject({
      command: 'transport',
      results: [
        { path: 'unary', rows: [{ timesFloor: { 'grpc-unary': figure } }, { getsPerSecond: figure }] },
        { path: 'batched', rows: [{ timesFloor: { 'grpc-stream': figure, tcp: figure } }, {}, {}] },
        { path: 'http', rows: [{ timesFloor: { 'node-http': figure } }, { getsPerSecond: figure }] },
        { path: 'traces', rows: [{ timesFloor: { 'traces-sampled': figure } }, {}, {}, { end: 'traces-sampled' }] },
      ],
    });
    expect(printed.join('\n')).toMatch(
      /batched, 4 callers\n\n\| end +\| +gets\/s \| +p99 ms \| × grpc-stream \| × tcp \|/,
    );
    expectAllStopped();
  },
  PATIENCE_MS,
);

const times = { p50Ms: figure, p99Ms: figure, p999Ms: figure, maxMs: figure };

async function latency(flags: string): Promise<void> {
  const all = `${flags} --contender ringcache --callers 64 ${TINY} --json ${json}`;
  await latencyCommand().parseAsync(all.split(' '), { from: 'user' });
}

test(
  'latency asks at a share of the highest rate, beside itself asking nobody, and stops everything',
  async () => {
    await latency('--part open --shares 50');
    const rows = ['none', 'ringcache-owner'].map((contender) => ({
      contender,
      latency: times,
      lateness: times,
      due: figure,
      failed: figure,
    }));
    expect(report()).toMatchObject({
      command: 'latency',
      results: {
        open: {
          capacities: [{ contender: 'ringcache-owner', figures: { getsPerSecond: figure } }],
          cells: [{ share: 50, perSecond: figure, rows }],
        },
      },
    });
    expect(printed.join('\n')).toMatch(/50 % of ringcache-owner: [\d,]+ gets\/s due\n\n\| contender +\| +p50 ms \|/);
    expectAllStopped();
  },
  PATIENCE_MS,
);

test(
  'latency asks fast groups alone and beside one whose origin is slow, and stops everything',
  async () => {
    await latency('--part slow-origin --limits patient --fast-share 50 --slow-load 100ms');
    const ratio = { median: figure, least: figure, most: figure };
    const rows = ['cached', 'loading'].map((group) => ({
      group,
      alone: times,
      beside: times,
      ratio: { p99Ms: ratio },
      noise: { p99Ms: ratio },
    }));
    const { results } = report() as Report<{ slowOrigin: { cells: [SlowCell] } }>;
    const [cell] = results.slowOrigin.cells;
    expect(cell).toMatchObject({ balancing: 'owner', limits: 'patient', rows, slow: { latency: times } });
    // Each answer has been checked to come from the slow origin: slow-child.ts.
    expect(cell.slow.due).toBeGreaterThan(cell.slow.failed);
    expect(cell.slow.mostInFlight).toBeGreaterThan(0);
    expect(printed.join('\n')).toMatch(/\| group +\| +alone \| +beside \| +beside \/ alone \| +alone \/ alone \|/);
    expectAllStopped();
  },
  PATIENCE_MS,
);
