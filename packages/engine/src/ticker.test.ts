import { describe, expect, test } from '@jest/globals';

import { TurnTicker } from './ticker.js';

/** Works until the clock has moved. */
function pass(): void {
  const start = performance.now();
  while (performance.now() === start);
}

describe('TurnTicker', () => {
  test('stands still within a turn, for 256 uses', () => {
    const ticker = new TurnTicker();
    const first = ticker.now();
    pass();
    for (let use = 2; use <= 256; use++) expect(ticker.now()).toBe(first);
    expect(ticker.now()).toBeGreaterThan(first);
  });

  test('has moved on in the next turn', async () => {
    const ticker = new TurnTicker();
    const first = ticker.now();
    pass();
    await new Promise((resolve) => setImmediate(resolve));
    const second = ticker.now();
    expect(second).toBeGreaterThan(first);
    pass();
    expect(ticker.now()).toBe(second);
    await undefined;
    expect(ticker.now()).toBeGreaterThan(second);
  });
});
