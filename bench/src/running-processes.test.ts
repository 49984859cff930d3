import { expect, test } from '@jest/globals';

import { runningProcesses, trackProcess } from './running-processes.js';

test('of two processes of one name the one that has not ended is still there', () => {
  const ended = [trackProcess('server'), trackProcess('client'), trackProcess('server')];
  ended[0]!();
  ended[0]!();
  expect(runningProcesses()).toEqual(['client', 'server']);
  ended[1]!();
  ended[2]!();
  expect(runningProcesses()).toEqual([]);
});
