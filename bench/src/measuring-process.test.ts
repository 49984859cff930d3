import { expect, test } from '@jest/globals';

import { MeasuringProcess } from './measuring-process.js';
import { runningProcesses } from './running-processes.js';

test('a failure in the child is told with its own message, and the child goes on', async () => {
  const child = new MeasuringProcess(new URL('./memory/child.ts', import.meta.url));
  try {
    const limit = { contender: 'no-such-cache', maxBytes: 1, valueBytes: 1 };
    await expect(child.ask({ limit })).rejects.toThrow(/a measuring process failed: TypeError/);
    await expect(child.ask({ limit })).rejects.toThrow(/a measuring process failed/);
    expect(runningProcesses()).toEqual([expect.stringMatching(/memory\/child\.ts$/)]);
  } finally {
    await child.close();
    await child.close();
  }
  expect(runningProcesses()).toEqual([]);
});

test('a child that ends before it answers is an error, not a wait', async () => {
  const child = new MeasuringProcess(new URL('./no-such-module.ts', import.meta.url));
  await expect(child.ask({})).rejects.toThrow('a measuring process ended with 1');
  expect(runningProcesses()).toEqual([]);
  await expect(child.ask({})).rejects.toThrow('this measuring process has ended');
  await child.close();
});
