import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';

import { passWholeLines } from './whole-lines.js';

/** What has come out, a text a write. */
function setUp() {
  const to = new PassThrough();
  const written: string[] = [];
  to.on('data', (chunk) => written.push(String(chunk)));
  const from = () => {
    const stream = new PassThrough();
    return Object.assign(stream, { saidAll: passWholeLines(stream, to) });
  };
  return { from, written };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('lines of two streams never mix, and those that came together stay together', async () => {
  const { from, written } = setUp();
  const [one, other] = [from(), from()];
  for (const [stream, text] of [
    [one, 'a1\n  a2\na'],
    [other, 'b'],
    [one, '3'],
    [other, '1\n'],
    [one, '\n'],
  ] as const) {
    stream.write(text);
    await turn();
  }
  expect(written).toEqual(['a1\n  a2\n', 'b1\n', 'a3\n']);
});

test('a character that is cut in two comes whole', async () => {
  const { from, written } = setUp();
  const stream = from();
  for (const byte of Buffer.from('张三\n')) {
    stream.write(Buffer.of(byte));
    await turn();
  }
  expect(written).toEqual(['张三\n']);
});

test('the last line needs no end, and a line without one is cut before it takes all memory', async () => {
  const { from, written } = setUp();
  const stream = from();
  for (let i = 0; i < 17; i++) stream.write('x'.repeat(64 * 1024));
  stream.end('end');
  await stream.saidAll;
  const text = written.join('');
  expect(text.replaceAll('x', '')).toBe('\nend\n');
  expect(text.length).toBe(17 * 64 * 1024 + 5);
});
