import { expect, test } from '@jest/globals';

import { InFlight } from './in-flight.js';

test('ids go up, and begin again at 1 after the highest', () => {
  const inFlight = new InFlight<string>(0xffff_fffd);
  const ids = ['a', 'b', 'c', 'd'].map((value) => inFlight.add(value));
  expect(ids).toEqual([0xffff_fffe, 0xffff_ffff, 1, 2]);
  expect(ids.map((id) => inFlight.get(id))).toEqual(['a', 'b', 'c', 'd']);
});

test('an id that is in flight is not given again when the numbers come round', () => {
  const ids = 6; // of a world with six numbers
  const inFlight = new InFlight<string>(0, ids);
  for (let id = 1; id <= ids; id++) expect(inFlight.add(`first ${id}`)).toBe(id);
  inFlight.delete(2);
  inFlight.delete(5);
  expect(inFlight.add('second 2')).toBe(2);
  expect(inFlight.add('second 5')).toBe(5);
  inFlight.delete(5);
  expect(inFlight.add('third 5')).toBe(5);
  expect(inFlight.size).toBe(ids);
});
