import { CacheError } from '@ringcache/cache-core';
import type { Discovery, Snapshot } from '@ringcache/discovery';
import { type Change, changesBetween } from './changes.js';
import { color } from './color.js';
import type { Output } from './output.js';
import { ANSWER_LIMIT_MS } from './with-directory.js';

const NONE: Snapshot = { members: [], stale: false };
const PAINT = {
  joined: color.green,
  left: color.red,
  changed: color.yellow,
  stale: color.magenta,
  current: color.magenta,
};

/** Prints a line for each change of the list, the members that are there already first, until the signal is aborted. */
export async function watch(discovery: Discovery, signal: AbortSignal, output: Output): Promise<number> {
  const reading = new AbortController();
  const stop = () => reading.abort();
  signal.addEventListener('abort', stop);
  const firstList = setTimeout(stop, ANSWER_LIMIT_MS);
  const alive = setInterval(() => {}, 60_000); // nothing else keeps the process while etcd is away
  let before: Snapshot | undefined;
  try {
    for await (const after of discovery.watch(reading.signal)) {
      clearTimeout(firstList);
      for (const change of changesBetween(before ?? NONE, after)) print(change, output);
      before = after;
    }
    if (before === undefined && !signal.aborted) {
      throw new CacheError('deadline', `no answer in ${ANSWER_LIMIT_MS} ms`);
    }
    return 0;
  } finally {
    clearTimeout(firstList);
    clearInterval(alive);
    signal.removeEventListener('abort', stop);
  }
}

function print(change: Change, output: Output): void {
  const time = new Date().toISOString();
  const start = `${color.dim(time)} ${PAINT[change.event](change.event.padEnd(7))}`;
  output.line({ time, ...change }, `${start} ${described(change)}`);
}

function described(change: Change): string {
  if ('member' in change) {
    const { id, grpc, http, weight } = change.member;
    return `${id} (grpc ${grpc || '-'}, http ${http || '-'}, weight ${weight})`;
  }
  return change.event === 'stale' ? 'etcd is out of reach; the last list stays in force' : 'etcd is back';
}
