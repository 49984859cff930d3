import { expect, test } from '@jest/globals';

import { BATCH_BOUNDS, BatchSizes, SizeHistogram } from './batch-sizes.js';
import { Stage, WITHIN } from './testing/stage.js';

const stage = new Stage();

test('a message is counted in the smallest bucket that holds it', () => {
  for (let entries = 1; entries <= 1_100; entries++) {
    const sizes = new SizeHistogram();
    sizes.add(entries);
    const wanted = BATCH_BOUNDS.findIndex((bound) => entries <= bound);
    expect(sizes.counts.indexOf(1)).toBe(wanted < 0 ? BATCH_BOUNDS.length : wanted);
    expect(sizes.sum).toBe(entries);
  }
});

test('both ends of a pipe count the same messages, and a turn’s requests as one', async () => {
  const [atServer, atClient] = [new BatchSizes(), new BatchSizes()];
  const { server } = await stage.serve(async (key) => Buffer.from(key), { batchSizes: atServer });
  const client = stage.dial(server.address, { batchSizes: atClient });
  await client.fetch('g', 'alone', WITHIN);
  await Promise.all(Array.from({ length: 40 }, (_, i) => client.fetch('g', `key ${i}`, WITHIN)));

  const sent = atClient.requests.sent;
  expect(sent.sum).toBe(41);
  expect(sent.counts[0]).toBe(1);
  expect(sent.counts[BATCH_BOUNDS.indexOf(64)]).toBe(1);
  expect(atServer.requests.received).toEqual(sent);
  expect(atClient.answers.received).toEqual(atServer.answers.sent);
  expect(atClient.answers.received.sum).toBe(41);
  expect(atClient.requests.received.sum).toBe(0);
});
