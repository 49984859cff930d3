import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in Buffers that are in use, once all garbage of this process is collected. */
export async function bytesInUse(): Promise<number> {
  // Buffers are given back in the background, and what held them may itself be let go of only in a later turn.
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers >= before) return arrayBuffers;
    before = arrayBuffers;
  }
}
