import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { Batch } from './batch.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function recording({ maxEntries = 1000, maxBytes = 1_000_000, goOn = (): boolean => true, head = '' } = {}) {
  const messages: number[][] = [];
  const counts: number[] = [];
  const batch = new Batch({
    maxEntries,
    maxBytes,
    begin: (writer) => {
      if (head === '') return;
      writer.target.write(head, writer.space(1, head.length), 'latin1');
    },
    send: (message, entries) => {
      messages.push(lengthsOf(message));
      counts.push(entries);
      return goOn();
    },
  });
  const push = (bytes: number) => {
    const writer = batch.entry(bytes);
    writer.target.fill(bytes, writer.space(1, bytes - 2));
  };
  return { batch, push, messages, counts };
}

/** Of the fields of a message: short ones, so tag and length take a byte each. */
function lengthsOf(message: Buffer): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < message.length; at += lengths.at(-1)!) lengths.push(message[at + 1]! + 2);
  return lengths;
}

describe('a batch', () => {
  test('sends what one turn pushed in one message', async () => {
    const { push, messages, counts } = recording();
    push(11);
    push(12);
    await Promise.resolve();
    push(13);
    expect(messages).toEqual([]);
    await turn();
    expect(messages).toEqual([[11, 12, 13]]);
    expect(counts).toEqual([3]);
  });

  test('begins each message with its head', async () => {
    const { push, messages, counts } = recording({ head: 'head', maxEntries: 2 });
    for (const bytes of [11, 12, 13]) push(bytes);
    await turn();
    expect(messages).toEqual([
      [6, 11, 12],
      [6, 13],
    ]);
    expect(counts).toEqual([2, 1]);
  });

  test('takes in what the answers of one turn trigger, however many promises later', async () => {
    const { push, messages } = recording();
    const followUp = async (entry: number) => {
      for (let i = 0; i < entry; i++) await undefined;
      push(entry);
    };
    setImmediate(() => Promise.all([5, 3, 4].map(followUp)));
    await turn();
    await turn();
    expect(messages).toEqual([[3, 4, 5]]);
  });

  test('cuts a message at its limits, and lets a single entry pass them', async () => {
    const { push, messages } = recording({ maxEntries: 2, maxBytes: 20 });
    for (const entry of [3, 3, 3, 50, 19, 4, 16]) push(entry);
    await turn();
    expect(messages).toEqual([[3, 3], [3], [50], [19], [4, 16]]);
  });

  test('holds the rest back until it may go on', async () => {
    let goOn = false;
    const { batch, push, messages } = recording({ maxEntries: 1, goOn: () => goOn });
    push(3);
    push(4);
    await turn();
    expect(batch.isHeld).toBe(true);
    push(5);
    await turn();
    expect(messages).toEqual([[3]]);
    goOn = true;
    batch.resume();
    expect(messages).toEqual([[3], [4], [5]]);
    expect([batch.size, batch.isHeld]).toEqual([0, false]);
  });

  test('sends nothing of what it was told to forget, and everything after', async () => {
    const { batch, push, messages } = recording({ maxEntries: 1, goOn: () => false });
    push(3);
    push(4);
    await turn();
    batch.clear();
    push(5);
    await turn();
    expect(messages).toEqual([[3], [5]]);
  });

  test('sends every entry once, in order, within the limits, whatever the pushes, turns and stops', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), size: fc.integer({ min: 3, max: 40 }) }),
      fc.record({ do: fc.constantFrom('turn' as const, 'stop' as const, 'go' as const) }),
    );
    const limits = fc.record({ maxEntries: fc.integer({ min: 1, max: 5 }), maxBytes: fc.integer({ min: 1, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 60 }), async ({ maxEntries, maxBytes }, steps) => {
        let open = true;
        const { batch, push, messages, counts } = recording({ maxEntries, maxBytes, goOn: () => open });
        const pushed: number[] = [];
        for (const each of steps) {
          if (each.do === 'push') {
            pushed.push(each.size);
            push(each.size);
            expect(batch.size).toBe(pushed.length - messages.flat().length);
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
        expect(counts).toEqual(messages.map((message) => message.length));
        for (const message of messages) {
          expect(message.length).toBeLessThanOrEqual(maxEntries);
          if (message.length > 1) expect(message.reduce((a, b) => a + b)).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });
});
