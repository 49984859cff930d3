import { expect, test } from '@jest/globals';

import { TTLS_MS } from '../contenders/contender.js';
import { BareMap } from '../contenders/peers.js';
import { keyOf } from '../keys.js';
import { getBytesElseSet, getElseSet, getElseSetFor, setOnly } from './loops.js';
import { type RequestedKeys, requestedKeys } from './requested-keys.js';

const ids = Uint32Array.of(5, 6, 5, 7, 5, 6);
const values = [new Uint8Array(8).fill(10)];

function prepared(kind: 'repeated' | 'fresh' | 'bytes'): RequestedKeys {
  const keys = requestedKeys(kind, 8);
  keys.prepare(ids);
  return keys;
}

test.each([
  ['strings', getElseSet, 'repeated'],
  ['fresh strings', getElseSet, 'fresh'],
  ['bytes', getBytesElseSet, 'bytes'],
] as const)('every request after a key’s first is a hit and is read: %s', (_, loop, kind) => {
  const work = { cache: new BareMap(), keys: prepared(kind), requests: ids.length, values };
  expect(loop(work)).toEqual({ hits: 3, sum: 30 });
  expect(loop(work)).toEqual({ hits: 6, sum: 60 });
});

test('setting only sets every key and hits none', () => {
  const cache = new BareMap();
  expect(setOnly({ cache, keys: prepared('fresh'), requests: ids.length, values })).toEqual({ hits: 0, sum: 0 });
  expect([5, 6, 7].every((id) => cache.get(keyOf(id)) === values[0])).toBe(true);
});

/** Each get takes so long that the shortest time to live passes between two of one key, and no other does. */
class SlowMap extends BareMap {
  readonly expiries = new Map<string, number>();
  #nowMs = 0;

  override get(key: string): Uint8Array | undefined {
    this.#nowMs += TTLS_MS[0]!;
    return this.#nowMs < (this.expiries.get(key) ?? 0) ? super.get(key) : undefined;
  }

  setFor(key: string, value: Uint8Array, ttl: number): void {
    this.set(key, value);
    this.expiries.set(key, this.#nowMs + TTLS_MS[ttl]!);
  }
}

test('entries have times to live in turn, and are hit until theirs has passed', () => {
  const cache = new SlowMap();
  const [short, middle, long, ever] = TTLS_MS as [number, number, number, number];
  // 5 for a short time, 6 for a longer one; 5 again, as it has gone; 7 for ever; then 5 and 6 are there.
  expect(getElseSetFor({ cache, keys: prepared('fresh'), requests: ids.length, values })).toEqual({ hits: 2, sum: 20 });
  expect([...cache.expiries]).toEqual([
    [keyOf(5), 3 * short + long],
    [keyOf(6), 2 * short + middle],
    [keyOf(7), 4 * short + ever],
  ]);
});

test('repeated keys are the same string objects, received ones are cut anew from bytes', () => {
  const [repeated, received] = [prepared('repeated'), prepared('bytes')];
  for (const [i, id] of ids.entries()) {
    expect([repeated.key(i), received.key(i), received.bytes(i).toString()]).toEqual(Array(3).fill(keyOf(id)));
  }
  expect(() => repeated.bytes(0)).toThrow('strings');
});
