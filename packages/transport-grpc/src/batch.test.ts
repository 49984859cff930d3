import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { Batch } from './batch.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function recording({ maxEntries = 1000, maxBytes = 1_000_000, goOn = (): boolean => true } = {}) {
  const messages: number[][] = [];
  const batch = new Batch<number>({
    maxEntries,
    maxBytes,
    sizeOf: (entry) => entry,
    send: (entries) => {
      messages.push([...entries]);
      return goOn();
    },
  });
  return { batch, messages };
}

describe('a batch', () => {
  test('sends what one turn pushed in one message', async () => {
    const { batch, messages } = recording();
    batch.push(1);
    batch.push(2);
    await Promise.resolve();
    batch.push(3);
    expect(messages).toEqual([]);
    await turn();
    expect(messages).toEqual([[1, 2, 3]]);
  });

  test('takes in what the answers of one turn trigger, however many promises later', async () => {
    const { batch, messages } = recording();
    const followUp = async (entry: number) => {
      for (let i = 0; i < entry; i++) await undefined;
      batch.push(entry);
    };
    setImmediate(() => Promise.all([5, 1, 3].map(followUp)));
    await turn();
    await turn();
    expect(messages).toEqual([[1, 3, 5]]);
  });

  test('cuts a message at its limits, and lets a single entry pass them', async () => {
    const { batch, messages } = recording({ maxEntries: 2, maxBytes: 10 });
    for (const entry of [1, 1, 1, 50, 9, 2, 8]) batch.push(entry);
    await turn();
    expect(messages).toEqual([[1, 1], [1], [50], [9], [2, 8]]);
  });

  test('holds the rest back until it may go on', async () => {
    let goOn = false;
    const { batch, messages } = recording({ maxEntries: 1, goOn: () => goOn });
    batch.push(1);
    batch.push(2);
    await turn();
    batch.push(3);
    await turn();
    expect(messages).toEqual([[1]]);
    goOn = true;
    batch.resume();
    expect(messages).toEqual([[1], [2], [3]]);
    expect(batch.size).toBe(0);
  });

  test('sends nothing of what it was told to forget, and everything after', async () => {
    const { batch, messages } = recording({ maxEntries: 1, goOn: () => false });
    batch.push(1);
    batch.push(2);
    await turn();
    batch.clear();
    batch.push(3);
    await turn();
    expect(messages).toEqual([[1], [3]]);
  });

  test('sends every entry once, in order, within the limits, whatever the pushes, turns and stops', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), size: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ do: fc.constantFrom('turn' as const, 'stop' as const, 'go' as const) }),
    );
    const limits = fc.record({ maxEntries: fc.integer({ min: 1, max: 5 }), maxBytes: fc.integer({ min: 1, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 60 }), async ({ maxEntries, maxBytes }, steps) => {
        let open = true;
        const { batch, messages } = recording({ maxEntries, maxBytes, goOn: () => open });
        const pushed: number[] = [];
        for (const each of steps) {
          if (each.do === 'push') {
            pushed.push(each.size);
            batch.push(each.size);
          } else if (each.do === 'turn') await turn();
          else if (each.do === 'stop') open = false;
          else {
            open = true;
            batch.resume();
          }
        }
        open = true;
        batch.resume();
        await turn();
        expect(messages.flat()).toEqual(pushed);
        for (const message of messages) {
          expect(message.length).toBeLessThanOrEqual(maxEntries);
          if (message.length > 1) expect(message.reduce((a, b) => a + b)).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });
});
