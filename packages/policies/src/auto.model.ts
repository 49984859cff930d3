import type { Simulation } from './fixtures/simulate.js';
import { FrequencySketch } from './frequency-sketch.js';
import { Miniatures } from './miniatures.js';
import { modelHashOf, tinyLfuModel } from './tiny-lfu.model.js';

/** Auto: the plain cache, with the balance that the miniatures, which have a model of their own, have found best so far. */
export function autoModel(capacity: number): Omit<Simulation, 'drop'> {
  const sketch = new FrequencySketch(capacity);
  const miniatures = new Miniatures(capacity);
  const cache = tinyLfuModel(capacity, sketch, miniatures.balance);
  return {
    access(key) {
      const hash = modelHashOf(key);
      sketch.increment(hash);
      if (miniatures.samples(hash)) miniatures.requested(hash);
      cache.balance = miniatures.balance;
      return cache.access(key);
    },
  };
}
