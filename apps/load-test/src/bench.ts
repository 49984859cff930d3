// Two ways to put load on a cluster. Closed: so many callers, each asking again when it is answered; it finds the highest
// throughput, but a slow answer also slows the asking, which hides how long others would have waited (coordinated omission,
// Gil Tene). Open (`--rate`): requests are due at set times, whatever happened to those before, and latency counts from when
// a request was due.

import { CacheError } from '@ringcache/cache-core';
import type { Client } from '@ringcache/client';
import Table from 'cli-table3';
import { color } from './color.js';
import type { LoadTestConfig } from './config.js';
import { connect } from './connect.js';
import { keyDrawer } from './keys.js';
import { inMs, Latencies, PERCENTILES } from './latency.js';
import { sleep } from './sleep.js';
import { Tally } from './tally.js';

const MAX_OUTSTANDING = 100_000; // of an open loop: more, and what is measured is this process's memory
const PROGRESS_MS = 500;

interface Run {
  readonly client: Client;
  readonly config: LoadTestConfig;
  readonly stopped: AbortSignal;
  readonly draw: () => string;
  readonly tally: Tally;
  readonly latencies: Latencies;
  /** Due, and not sent, since too many were outstanding. */
  skipped: number;
}

/** @returns the exit code: 1 if a request failed. */
export async function bench(config: LoadTestConfig, interrupted: AbortSignal): Promise<number> {
  const { duration, keys, distribution, rate } = config.bench;
  const { client, close } = await connect(config, (message) => process.stderr.write(`${color.dim(message)}\n`));
  const over = new AbortController(); // AbortSignal.timeout within AbortSignal.any is collected before it fires (Node 20)
  interrupted.addEventListener('abort', () => over.abort(), { once: true });
  const run: Run = {
    client,
    config,
    stopped: over.signal,
    draw: keyDrawer(keys, distribution),
    tally: new Tally(),
    latencies: new Latencies(),
    skipped: 0,
  };
  const startedAt = performance.now(); // together with the timer: to make the keys' distribution takes its time
  const timer = setTimeout(() => over.abort(), duration);
  const progress = setInterval(() => showProgress(run, performance.now() - startedAt), PROGRESS_MS);
  let seconds = 0;
  try {
    if (rate > 0) await openLoop(run);
    else await closedLoop(run);
    seconds = (performance.now() - startedAt) / 1_000;
  } finally {
    clearTimeout(timer);
    clearInterval(progress);
    clearProgress();
    await close();
  }
  report(run, seconds);
  return run.tally.failures === 0 ? 0 : 1;
}

async function closedLoop(run: Run): Promise<void> {
  const caller = async () => {
    while (!run.stopped.aborted) await ask(run, performance.now());
  };
  await Promise.all(Array.from({ length: run.config.bench.concurrency }, caller));
}

async function openLoop(run: Run): Promise<void> {
  const everyMs = 1_000 / run.config.bench.rate;
  const outstanding = new Set<Promise<void>>();
  let dueAt = performance.now();
  while (!run.stopped.aborted) {
    for (const now = performance.now(); dueAt <= now; dueAt += everyMs) {
      if (outstanding.size >= MAX_OUTSTANDING) {
        run.skipped++;
        continue;
      }
      const request: Promise<void> = ask(run, dueAt).finally(() => outstanding.delete(request));
      outstanding.add(request);
    }
    await sleep(Math.max(1, dueAt - performance.now()), run.stopped);
  }
  await Promise.all(outstanding);
}

async function ask({ client, config, draw, tally, latencies }: Run, dueAt: number): Promise<void> {
  try {
    tally.answered(await client.get(config.group, draw()));
  } catch (error) {
    tally.failedWith(CacheError.from(error).code);
  }
  latencies.record(performance.now() - dueAt);
}

function showProgress({ tally, latencies }: Run, elapsedMs: number): void {
  if (!process.stderr.isTTY) return;
  const perSecond = Math.round((tally.total / elapsedMs) * 1_000);
  const line = `${(elapsedMs / 1_000).toFixed(1)} s  ${perSecond.toLocaleString('en')} gets/s  p99 ${latencies.percentileMs(99).toFixed(2)} ms  hit ratio ${(tally.hitRatio * 100).toFixed(1)} %  failed ${tally.failures}`;
  process.stderr.write(`\r\x1b[K${line}`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

function report({ config, tally, latencies, skipped }: Run, seconds: number): void {
  const summary = latencies.summary();
  const getsPerSecond = tally.total / seconds;
  if (config.json) {
    process.stdout.write(
      `${JSON.stringify({ ...config.bench, seconds, getsPerSecond, skipped, ...tally.toJSON(), latency: summary })}\n`,
    );
    return;
  }
  const table = new Table({ style: { head: [], border: [] } });
  const row = (name: string, value: string | number) => table.push({ [name]: String(value) });
  row('gets', tally.total.toLocaleString('en'));
  row('gets/s', Math.round(getsPerSecond).toLocaleString('en'));
  row('hit ratio', `${(tally.hitRatio * 100).toFixed(2)} %`);
  row('unknown keys', tally.notFound);
  row(
    'failed',
    tally.failures === 0 ? 0 : `${tally.failures} (${[...tally.failed].map(([code, n]) => `${code} ${n}`).join(', ')})`,
  );
  if (skipped > 0) row('due, not sent', `${skipped}: more than ${MAX_OUTSTANDING} were outstanding`);
  row('min', inMs(summary.minUs));
  for (const p of PERCENTILES) row(`p${p}`, inMs(summary.percentiles[`p${p}`]!));
  row('max', inMs(summary.maxUs));
  process.stdout.write(`${table.toString()}\n`);
}
