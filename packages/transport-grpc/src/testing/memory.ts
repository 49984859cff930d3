import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const PATIENCE_MS = 2_000;
const PAUSE_MS = 10;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const ROUNDS = 5; // what a collection lets go of may hold more

/** Bytes in Buffers that are in use in this process: to be taken off what {@link bytesInUse} says later. */
export async function bytesBefore(): Promise<number> {
  for (let round = 0; round < ROUNDS; round++) await collected();
  return process.memoryUsage().arrayBuffers;
}

/**
 * Bytes in Buffers that have come into use since `before`, once garbage is collected: as soon as they are below `bound`, and
 * otherwise when there is no hope of it. Whatever other suites have left behind in the process and is collected only now makes
 * it less, never more.
 */
export async function bytesInUse(bound: number, before: number): Promise<number> {
  // Buffers are given back in the background, and what held them may itself be let go of only in a later turn.
  for (const startedAt = performance.now(); ; ) {
    await collected();
    const bytes = process.memoryUsage().arrayBuffers - before;
    if (bytes < bound || performance.now() - startedAt > PATIENCE_MS) return bytes;
  }
}

async function collected(): Promise<void> {
  collect();
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
