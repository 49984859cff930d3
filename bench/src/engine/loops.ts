// The measured loops. Each adds up what it reads and returns it, so that the compiler can't leave the reading out.

import { type Contender, TTLS_MS } from '../contenders/contender.js';
import type { RequestedKeys } from './requested-keys.js';

export interface Work {
  readonly cache: Contender;
  readonly keys: RequestedKeys;
  readonly requests: number;
  /** Set in turn; a power of two of them. */
  readonly values: readonly Uint8Array[];
}

export interface Done {
  readonly hits: number;
  /** The first bytes of everything read, added up. */
  readonly sum: number;
}

export function getElseSet({ cache, keys, requests, values }: Work): Done {
  const mask = values.length - 1;
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < requests; i++) {
    const key = keys.key(i);
    const value = cache.get(key);
    if (value === undefined) {
      cache.set(key, values[i & mask]!);
    } else {
      hits++;
      sum += value[0]!;
    }
  }
  return { hits, sum };
}

/** {@link getElseSet} with keys in bytes: only a miss needs the string, for whoever can read bytes. */
export function getBytesElseSet({ cache, keys, requests, values }: Work): Done {
  const mask = values.length - 1;
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < requests; i++) {
    const value = cache.getBytes(keys.bytes(i));
    if (value === undefined) {
      cache.set(keys.key(i), values[i & mask]!);
    } else {
      hits++;
      sum += value[0]!;
    }
  }
  return { hits, sum };
}

/** {@link getElseSet} where every entry has its own time to live. */
export function getElseSetFor({ cache, keys, requests, values }: Work): Done {
  const mask = values.length - 1;
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < requests; i++) {
    const key = keys.key(i);
    const value = cache.get(key);
    if (value === undefined) {
      cache.setFor!(key, values[i & mask]!, i % TTLS_MS.length);
    } else {
      hits++;
      sum += value[0]!;
    }
  }
  return { hits, sum };
}

export function setOnly({ cache, keys, requests, values }: Work): Done {
  const mask = values.length - 1;
  for (let i = 0; i < requests; i++) cache.set(keys.key(i), values[i & mask]!);
  return { hits: 0, sum: 0 };
}
