// Is a limit in bytes true? Sets several times what fits, of keys and values that nobody else holds, and compares what the
// process has grown by with what it was told.

import { keyOf } from '../keys.js';
import { BOUNDED, type BoundedName } from './bounded.js';
import { settled } from './footprint.js';

export interface LimitQuestion {
  readonly contender: BoundedName;
  readonly maxBytes: number;
  readonly valueBytes: number;
}

export interface LimitResult {
  /** What the process grew by, in bytes, after full collections; and at most, in between, garbage included. */
  readonly residentBytes: number;
  readonly peakBytes: number;
}

const TIMES_OVER = 3; // of what fits if keys and values were all there is
const SAMPLE_BYTES = 2 ** 20; // set between two looks at RSS
const WARM_UP_BYTES = 64 * 2 ** 20; // garbage, so that V8's young generation has its size before the first reading

export async function measureLimit({ contender, maxBytes, valueBytes }: LimitQuestion): Promise<LimitResult> {
  warmUp();
  const before = (await settled()).resident;
  const cache = BOUNDED[contender](maxBytes);
  const sets = Math.ceil((TIMES_OVER * maxBytes) / (keyOf(0).length + valueBytes));
  const sampleEvery = Math.ceil(SAMPLE_BYTES / valueBytes);
  let peak = before;
  for (let i = 0; i < sets; i++) {
    cache.set(keyOf(i), new Uint8Array(valueBytes).fill(1));
    if (i % sampleEvery === 0) {
      peak = Math.max(peak, process.memoryUsage.rss());
      await new Promise((resolve) => setImmediate(resolve)); // buffers are freed in tasks of the loop
    }
  }
  const { resident } = await settled();
  if (cache.get(keyOf(sets)) !== undefined) throw new Error(`${contender} found what was never set`);
  return { residentBytes: resident - before, peakBytes: Math.max(peak, resident) - before };
}

function warmUp(): void {
  let kept = '';
  for (let i = 0; i < WARM_UP_BYTES / 40; i++) kept = keyOf(i);
  if (kept === '') throw new Error('no key is empty');
}
