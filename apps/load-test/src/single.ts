import { CacheError } from '@ringcache/cache-core';
import { color } from './color.js';
import type { LoadTestConfig } from './config.js';
import { connect } from './connect.js';

/** Asks once, and prints the value, who served it, and whether it was a hit. @returns the exit code: 1 for no value. */
export async function single(key: string, config: LoadTestConfig): Promise<number> {
  const { client, close } = await connect(config, (message) => process.stderr.write(`${color.dim(message)}\n`));
  const startedAt = performance.now();
  try {
    const { value, source, servedBy, version, ttlMs } = await client.get(config.group, key);
    const ms = performance.now() - startedAt;
    const text = Buffer.from(value).toString('utf8');
    const hit = source !== 'load';
    if (config.json)
      print({ key, value: text, hit, source, servedBy, version, ttlMs: Number.isFinite(ttlMs) ? ttlMs : null, ms });
    else
      process.stdout.write(
        `${text}\n${color.dim(`served by ${servedBy}, ${hit ? `a hit (${source})` : 'loaded from the origin'}, ${ms.toFixed(1)} ms`)}\n`,
      );
    return 0;
  } catch (error) {
    const { code, message } = CacheError.from(error);
    if (config.json) print({ key, error: { code, message } });
    else process.stderr.write(`${key}: ${color.red(code)}: ${message}\n`);
    return 1;
  } finally {
    await close();
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
