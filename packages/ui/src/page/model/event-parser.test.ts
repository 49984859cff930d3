import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { eventParser } from './event-parser.js';

test('events come whole, however their text is cut into pieces', () => {
  const events = fc.array(fc.record({ kind: fc.constantFrom('ring', 'cluster'), data: fc.json() }));
  fc.assert(
    fc.property(events, fc.array(fc.nat()), (sent, cuts) => {
      const text = sent.map(({ kind, data }) => `event: ${kind}\ndata: ${data}\n\n: heartbeat\n\n`).join('');
      const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
      const parse = eventParser();
      const found = at.slice(1).flatMap((to, i) => parse(text.slice(at[i], to)));
      expect(found).toEqual(sent);
    }),
  );
});

test('a comment is no event', () => {
  expect(eventParser()(': heartbeat\n\n')).toEqual([]);
});

test('an event without an end is given up', () => {
  const parse = eventParser();
  const piece = 'x'.repeat(8 * 1024 * 1024);
  expect(() => {
    for (let i = 0; i < 5; i++) parse(piece);
  }).toThrow('an event of the node has no end');
});
