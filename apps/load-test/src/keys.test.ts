import { expect, test } from '@jest/globals';
import { seededRandom } from '@ringcache/cache-core/testing';

import { keyDrawer, loopKey } from './keys.js';

test('the loop asks for every known name, and for an unknown one every fifth time', () => {
  const asked = Array.from({ length: 100 }, (_, i) => loopKey(i));
  expect(asked.slice(0, 5)).toEqual(['张三', '李四', '王五', '赵六', '不存在']);
  const unknown = asked.filter((key) => ['不存在', 'nobody', '1000', '张三丰'].includes(key));
  expect(unknown).toHaveLength(20);
  expect(new Set(unknown).size).toBe(4);
  expect(new Set(asked).size).toBe(12 + 4);
});

test('Zipf’s keys come as often as its law says', () => {
  const draw = keyDrawer(1_000, 'zipf', seededRandom(1));
  const counts = new Map<string, number>();
  for (let i = 0; i < 200_000; i++) {
    const key = draw();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const first = counts.get('0')!;
  expect(first / counts.get('1')!).toBeCloseTo(2 ** 0.99, 0);
  expect(first / counts.get('9')!).toBeGreaterThan(8);
  expect(first / counts.get('9')!).toBeLessThan(12);
  expect(Math.max(...[...counts.keys()].map(Number))).toBeLessThan(1_000);
});

test('uniform keys come about as often each', () => {
  const draw = keyDrawer(10, 'uniform', seededRandom(2));
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[Number(draw())]!++;
  expect(Math.min(...counts)).toBeGreaterThan(900);
  expect(Math.max(...counts)).toBeLessThan(1_100);
});
