import { describe, expect, test } from '@jest/globals';
import { Ring, type RingMember } from './ring.js';

const KEYS = 1_000_000;

describe('the default ring', () => {
  test.each<[string, (i: number) => string, (i: number) => string]>([
    ['addresses and numbered keys', (i) => `10.0.0.${i}:8001`, (i) => `student:${i}`],
    ['host names and Chinese keys', (i) => `cache-${i}.cache.svc.cluster.local:7000`, (i) => `张三${i}`],
  ])('spreads a million keys over ten members within 5 %% of the mean: %s', (_, id, key) => {
    const members = Array.from({ length: 10 }, (_, i) => ({ id: id(i) }));
    const loads = [...countKeys(Ring.of(members), key).values()];
    expect(loads.length).toBe(10);
    expect(Math.max(...loads) / (KEYS / 10)).toBeLessThanOrEqual(1.05);
  });

  test('gives members keys in proportion to their weights, within 5 %', () => {
    const weights = { a: 1, b: 2, c: 0.5, d: 4 };
    const members = Object.entries(weights).map(([id, weight]) => ({ id, weight }));
    const loads = countKeys(Ring.of(members), (i) => `key${i}`);
    for (const [id, weight] of Object.entries(weights)) {
      const ratio = loads.get(id)! / ((KEYS * weight) / 7.5);
      expect(ratio).toBeGreaterThan(0.95);
      expect(ratio).toBeLessThan(1.05);
    }
  });
});

function countKeys(ring: Ring<RingMember>, key: (i: number) => string): Map<string, number> {
  const count = new Map<string, number>();
  for (let i = 0; i < KEYS; i++) {
    const { id } = ring.owner(key(i));
    count.set(id, (count.get(id) ?? 0) + 1);
  }
  return count;
}
