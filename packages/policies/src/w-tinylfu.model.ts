import type { Simulation } from './fixtures/simulate.js';
import { FrequencySketch } from './frequency-sketch.js';
import { modelHashOf, tinyLfuModel } from './tiny-lfu.model.js';

/** W-TinyLFU: the plain cache, and Caffeine's hill climber, which looks every ten requests an entry. */
export function wTinyLfuModel(capacity: number): Omit<Simulation, 'drop'> {
  const sketch = new FrequencySketch(capacity);
  const cache = tinyLfuModel(capacity, sketch, { window: 0.01, handicap: 1 });
  let requests: boolean[] = [];
  let lastRatio = 0;
  let step = 0.0625;

  function climb(): void {
    const ratio = requests.filter((isHit) => isHit).length / requests.length;
    const move = ratio >= lastRatio ? step : -step;
    step = Math.abs(ratio - lastRatio) >= 0.05 ? 0.0625 * Math.sign(move) : 0.98 * move;
    cache.balance = { window: Math.min(0.8, Math.max(0, cache.balance.window + move)), handicap: 1 };
    lastRatio = ratio;
    requests = [];
  }

  return {
    access(key) {
      sketch.increment(modelHashOf(key));
      const outcome = cache.access(key);
      requests.push(outcome.hit);
      if (requests.length >= 10 * capacity) climb();
      return outcome;
    },
  };
}
