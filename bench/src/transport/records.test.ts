import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { valueOfId } from '../cluster/workload.js';
import { keyOf } from '../keys.js';
import { layoutOf } from './layout.js';
import { answerRequests, WholeRecords } from './records.js';
import { RecordsClient } from './records-client.js';

const layout = layoutOf(64);
const values = new Map(Array.from({ length: 10 }, (_, id) => [keyOf(id), Buffer.from(valueOfId(id, 64))]));

test('what one turn asks leaves in one message, and each caller gets the value of its key', async () => {
  const messages: Buffer[] = [];
  const client = new RecordsClient(layout, (message) => {
    messages.push(message);
    client.receive(answerRequests(message, values, layout));
  });
  const got = await Promise.all([3, 1, 3, 9].map((id) => client.get(keyOf(id))));
  expect(got.map((value) => Buffer.from(value))).toEqual([3, 1, 3, 9].map((id) => values.get(keyOf(id))));
  expect(messages.map((message) => message.length)).toEqual([4 * layout.requestBytes]);
});

test('records are as long as an encoded answer of ours: longer than the value, by less than 64 bytes', () => {
  for (const bytes of [64, 1_024]) {
    const overhead = layoutOf(bytes).answerBytes - bytes;
    expect(overhead).toBeGreaterThan(20); // the member's name alone is so long
    expect(overhead).toBeLessThan(64);
  }
});

test('chunks that end anywhere give every record once, whole and in order', () => {
  const stream = Buffer.from(Array.from({ length: 60 }, (_, i) => i));
  fc.assert(
    fc.property(fc.array(fc.nat(60)), fc.constantFrom(1, 4, 6, 10), (cuts, recordBytes) => {
      const records = new WholeRecords(recordBytes);
      const ends = [...cuts.sort((a, b) => a - b), stream.length];
      const wholes = ends.map((end, i) => Buffer.from(records.push(stream.subarray(ends[i - 1] ?? 0, end))));
      expect(wholes.every((whole) => whole.length % recordBytes === 0)).toBe(true);
      expect(Buffer.concat(wholes)).toEqual(stream);
    }),
  );
});
