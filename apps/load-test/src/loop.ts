import { CacheError } from '@ringcache/cache-core';
import type { Client } from '@ringcache/client';
import Table from 'cli-table3';
import { color } from './color.js';
import type { LoadTestConfig } from './config.js';
import { connect } from './connect.js';
import { loopKey } from './keys.js';
import { inMs, Latencies, PERCENTILES } from './latency.js';
import { sleep } from './sleep.js';
import { Tally } from './tally.js';

/**
 * Asks for known and unknown names in turn, a line each, until it is stopped or has asked so often; then prints what came
 * of it. @returns the exit code: 1 if a request failed.
 */
export async function loop(config: LoadTestConfig, stopped: AbortSignal): Promise<number> {
  const { client, close } = await connect(config, (message) => process.stderr.write(`${color.dim(message)}\n`));
  const tally = new Tally();
  const latencies = new Latencies();
  try {
    for (let i = 0; !stopped.aborted && (config.loop.count === 0 || i < config.loop.count); i++) {
      if (i > 0) await sleep(config.loop.interval, stopped);
      if (!stopped.aborted) await askOnce(client, config, loopKey(i), tally, latencies);
    }
  } finally {
    await close();
  }
  if (config.json) process.stdout.write(`${JSON.stringify({ ...tally.toJSON(), latency: latencies.summary() })}\n`);
  else process.stdout.write(`\n${summary(tally, latencies)}\n`);
  return tally.failures === 0 ? 0 : 1;
}

async function askOnce(client: Client, config: LoadTestConfig, key: string, tally: Tally, latencies: Latencies) {
  const startedAt = performance.now();
  try {
    const answer = await client.get(config.group, key);
    const ms = performance.now() - startedAt;
    tally.answered(answer);
    latencies.record(ms);
    const text = Buffer.from(answer.value).toString('utf8');
    const how = answer.source === 'load' ? color.yellow('loaded') : color.green('hit');
    tell(
      config,
      { key, value: text, source: answer.source, servedBy: answer.servedBy, ms },
      `${key} → ${text}  ${how} at ${answer.servedBy}  ${ms.toFixed(2)} ms`,
    );
  } catch (error) {
    const ms = performance.now() - startedAt;
    const { code, message } = CacheError.from(error);
    tally.failedWith(code);
    latencies.record(ms);
    const isAnswer = code === 'not_found';
    const line = isAnswer
      ? `${key} → ${color.cyan('no such student')}  ${ms.toFixed(2)} ms`
      : `${key} → ${color.red(code)}: ${message}  ${ms.toFixed(2)} ms`;
    tell(config, { key, error: code, ms, ...(isAnswer ? {} : { message }) }, line);
  }
}

function tell(config: LoadTestConfig, fields: object, line: string): void {
  process.stdout.write(config.json ? `${JSON.stringify(fields)}\n` : `${line}\n`);
}

function summary(tally: Tally, latencies: Latencies): string {
  const { percentiles, maxUs } = latencies.summary();
  const table = new Table({
    head: [
      'asked',
      'hits',
      'loaded',
      'unknown',
      'failed',
      'hit ratio',
      ...PERCENTILES.slice(0, 3).map((p) => `p${p}`),
      'max',
    ],
    style: { head: [], border: [] },
  });
  table.push([
    tally.total,
    tally.hits,
    tally.loaded,
    tally.notFound,
    tally.failures === 0
      ? 0
      : `${tally.failures} (${[...tally.failed].map(([code, count]) => `${code} ${count}`).join(', ')})`,
    `${(tally.hitRatio * 100).toFixed(1)} %`,
    ...PERCENTILES.slice(0, 3).map((p) => inMs(percentiles[`p${p}`]!)),
    inMs(maxUs),
  ]);
  return table.toString();
}
