import { expect, test } from '@jest/globals';

import { BareMap, LruCacheTtlSize } from '../contenders/peers.js';
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

test('entries with their own time to live are hit until it has passed', () => {
  const cache = new LruCacheTtlSize({ entries: 10, keyBytes: 20, valueBytes: 8 });
  expect(getElseSetFor({ cache, keys: prepared('fresh'), requests: ids.length, values }).hits).toBeGreaterThan(0);
});

test('repeated keys are the same string objects, received ones are cut anew from bytes', () => {
  const [repeated, received] = [prepared('repeated'), prepared('bytes')];
  for (const [i, id] of ids.entries()) {
    expect([repeated.key(i), received.key(i), received.bytes(i).toString()]).toEqual(Array(3).fill(keyOf(id)));
  }
  expect(() => repeated.bytes(0)).toThrow('strings');
});
