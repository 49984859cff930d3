import { expect, test } from '@jest/globals';
import { seededRandom } from './testing/random.js';
import { TopKeys } from './top-keys.js';

/** Asks as a group does. */
function ask(topKeys: TopKeys, key: string): boolean {
  if (!topKeys.isSampled()) return false;
  topKeys.sample(key);
  return true;
}

test('of few requests each one counts', () => {
  const topKeys = new TopKeys();
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) ask(topKeys, key);
  expect(topKeys.top(2)).toEqual([
    { key: 'a', count: 3 },
    { key: 'b', count: 2 },
  ]);
});

test('a steady rate shows as what comes within a minute, and fades when it ends', () => {
  const topKeys = new TopKeys();
  for (let second = 0; second < 600; second++) {
    for (let i = 0; i < 5; i++) ask(topKeys, 'steady');
    topKeys.tick();
  }
  expect(topKeys.top(1)[0]!.count / 300).toBeCloseTo(1, 1);
  for (let second = 0; second < 600; second++) topKeys.tick();
  expect(topKeys.top(1)).toEqual([]);
});

test('of many requests some thousand a second are looked at, and the counts are right all the same', () => {
  const topKeys = new TopKeys();
  const random = seededRandom(7);
  let looks = 0;
  for (let second = 0; second < 10; second++) {
    looks = 0;
    for (let i = 0; i < 50_000; i++) {
      const key = random() < 0.2 ? 'hot' : `cold ${Math.floor(random() * 100_000)}`;
      if (ask(topKeys, key)) looks++;
    }
    topKeys.tick();
  }
  expect(looks).toBeLessThan(2_000);
  const [first, second] = topKeys.top(1_024);
  const asked = 10_000 * 60 * (1 - Math.exp(-10 / 60)); // what has not faded
  expect(first!.key).toBe('hot');
  expect(first!.count / asked).toBeGreaterThan(0.85);
  expect(first!.count / asked).toBeLessThan(1.15);
  expect(second!.count).toBeLessThan(first!.count / 10);
});

test('a loop as long as the distance of samples shows all of its keys', () => {
  const topKeys = new TopKeys();
  for (let second = 0; second < 20; second++) {
    for (let i = 0; i < 64_000; i++) ask(topKeys, `key ${i % 64}`);
    topKeys.tick();
  }
  const counts = topKeys.top(64).map(({ count }) => count);
  expect(counts).toHaveLength(64);
  expect(counts[63]! / counts[0]!).toBeGreaterThan(0.5);
});

test('more keys than there is room for are not made hot by the room they take over', () => {
  const topKeys = new TopKeys();
  for (let i = 0; i < 1_900; i++) ask(topKeys, `once ${i}`);
  const all = topKeys.top(5_000);
  expect(all).toHaveLength(1_024);
  expect(all[0]!.count).toBe(1);
});

test('keys that are too long to be told are left out, and the others are counted on', () => {
  const topKeys = new TopKeys();
  for (const length of [512, 513, 8_192]) ask(topKeys, 'x'.repeat(length));
  ask(topKeys, 'short');
  expect(topKeys.top(10).map(({ key }) => key.length)).toEqual([512, 5]);
});

test('after a burst few requests are seen again one by one', () => {
  const topKeys = new TopKeys();
  for (let i = 0; i < 1_000_000; i++) ask(topKeys, 'burst');
  for (let second = 0; second < 900; second++) topKeys.tick();
  for (let i = 0; i < 3; i++) ask(topKeys, 'few');
  expect(topKeys.top(1)).toEqual([{ key: 'few', count: 3 }]);
});
