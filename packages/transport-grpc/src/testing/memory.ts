import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const PATIENCE_MS = 2_000;
const PAUSE_MS = 10;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Bytes in Buffers that are in use in this process, once its garbage is collected: as soon as they are below `bound`, and
 * otherwise when there is no hope of it. A few MiB where nothing is going on: tests compare it with a number, not with what it
 * was before them, which is the garbage of other tests as well.
 */
export async function bytesInUse(bound: number): Promise<number> {
  // Buffers are given back in the background, and what held them may itself be let go of only in a later turn.
  for (const startedAt = performance.now(); ; ) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers < bound || performance.now() - startedAt > PATIENCE_MS) return arrayBuffers;
  }
}
