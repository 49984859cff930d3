import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bestMove, type MemoryShare } from './memory-move.js';

/** A group of 100 bytes, 10 at least, that is asked 1,024 times a second (powers of two, so that sums are exact). */
function share(name: string, missRatioAt: MemoryShare['missRatioAt'], given: Partial<MemoryShare> = {}): MemoryShare {
  return { name, maxBytes: 100, minBytes: 10, requestsPerSecond: 1_024, missRatioAt, ...given };
}

const flat = () => 0.5;
const steep = (bytes: number) => 1 - bytes / 1_024; // 1 hit a second for each byte
const STEP = 10;

test('memory goes from the group that loses least to the one that gains most', () => {
  const shares = [
    share('steep', steep),
    share('flat', flat),
    share('steeper', (bytes) => 1 - bytes / 512),
    share('less flat', (bytes) => 0.5 - bytes / 8_192),
  ];
  expect(bestMove(shares, STEP)).toEqual({ from: 'flat', to: 'steeper', bytes: STEP, gain: 20, loss: 0 });
});

test('a gain counts by the requests that there are', () => {
  const asked = share('asked', steep, { requestsPerSecond: 3_072 });
  expect(bestMove([share('steep', steep), asked], STEP)).toMatchObject({
    from: 'steep',
    to: 'asked',
    gain: 30,
    loss: 10,
  });
});

test('nothing moves between groups that are about equal, or for a gain too small', () => {
  expect(bestMove([share('one', steep), share('other', (bytes) => 1 - (bytes * 1.2) / 1_000)], STEP)).toBeUndefined();
  expect(bestMove([share('flat', flat), share('almost', (bytes) => 0.5 - bytes / 100_000)], STEP)).toBeUndefined();
});

test('nothing moves below the least that a group may have', () => {
  const low = share('flat', flat, { maxBytes: 19 });
  expect(bestMove([low, share('steep', steep)], STEP)).toBeUndefined();
  expect(bestMove([{ ...low, maxBytes: 20 }, share('steep', steep)], STEP)).toMatchObject({ from: 'flat' });
});

test('a gain that comes only with many steps is seen, and weighed by the step', () => {
  const loop = share('loop', (bytes) => (bytes < 140 ? 1 : 0)); // four steps away
  expect(bestMove([share('steep', steep), loop], STEP)).toMatchObject({ to: 'loop', gain: 256, loss: 10 });
  const far = share('loop', (bytes) => (bytes < 1_000 ? 1 : 0));
  expect(bestMove([share('steep', steep), far], STEP)?.to).not.toBe('loop');
});

test('a group of which nothing is known yet gains nothing, and gives only if nobody asks it', () => {
  const unknown = share('unknown', () => undefined);
  expect(bestMove([unknown, share('steep', steep)], STEP)).toBeUndefined();
  const idle = { ...unknown, requestsPerSecond: 0 };
  expect(bestMove([idle, share('steep', steep)], STEP)).toMatchObject({ from: 'unknown', to: 'steep', loss: 0 });
});

test('moves over fixed curves come to an end, and never go back', () => {
  const groups = fc.array(fc.record({ half: fc.integer({ min: 1, max: 2_000 }), rate: fc.nat(10_000) }), {
    minLength: 2,
    maxLength: 5,
  });
  fc.assert(
    fc.property(groups, (given) => {
      const maxBytes = new Map(given.map((_, i) => [`${i}`, 320]));
      const directions = new Set<string>();
      for (let moves = 0; ; moves++) {
        const shares = given.map(({ half, rate }, i) =>
          share(`${i}`, (bytes) => half / (half + bytes), { maxBytes: maxBytes.get(`${i}`)!, requestsPerSecond: rate }),
        );
        const move = bestMove(shares, STEP);
        if (move === undefined) break;
        expect(moves).toBeLessThan(32 * given.length);
        directions.add(`${move.from}>${move.to}`);
        expect(directions.has(`${move.to}>${move.from}`)).toBe(false);
        maxBytes.set(move.from, maxBytes.get(move.from)! - move.bytes);
        maxBytes.set(move.to, maxBytes.get(move.to)! + move.bytes);
        expect(maxBytes.get(move.from)).toBeGreaterThanOrEqual(10);
      }
    }),
  );
});
