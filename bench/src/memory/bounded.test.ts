import { expect, test } from '@jest/globals';

import { keysOf } from '../keys.js';
import { BOUNDED, BOUNDED_NAMES } from './bounded.js';

const MAX_BYTES = 1_000_000;
const VALUE_BYTES = 1_024;
const keys = keysOf((3 * MAX_BYTES) / 1_000);

test.each(BOUNDED_NAMES)('%s holds no more than its limit, keys and values together, and uses most of it', (name) => {
  const cache = BOUNDED[name](MAX_BYTES);
  for (const key of keys) cache.set(key, new Uint8Array(VALUE_BYTES).fill(1));
  const held = keys.filter((key) => cache.get(key) !== undefined);
  const heldBytes = held.reduce((sum, key) => sum + key.length + VALUE_BYTES, 0);
  expect(heldBytes).toBeLessThanOrEqual(MAX_BYTES);
  expect(heldBytes).toBeGreaterThan(MAX_BYTES / 2);
});
