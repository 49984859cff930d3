// The metronome's own thread: sleeps, and sends a tick unless the last one is still on its way.

import { parentPort, workerData } from 'node:worker_threads';

const { periodMs, pending } = workerData;
const sleep = new Int32Array(new SharedArrayBuffer(4));

for (;;) {
  Atomics.wait(sleep, 0, 0, periodMs);
  if (Atomics.exchange(pending, 0, 1) === 0) parentPort.postMessage(undefined);
}
