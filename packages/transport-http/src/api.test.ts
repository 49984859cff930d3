import { afterEach, expect, test } from '@jest/globals';

import { start, stopAll } from './testing/start.js';

afterEach(stopAll);

const SCORES: Record<string, string> = { Tom: '630', 张三: '589', 'a+b &=': '1' };

function scores(key: string): Buffer | undefined {
  return SCORES[key] === undefined ? undefined : Buffer.from(SCORES[key]);
}

test('a key of the group scores is answered as plain text', async () => {
  const { ask } = await start({ groups: { scores, g: () => Buffer.from('other') } });
  for (const [key, score] of Object.entries(SCORES)) {
    const reply = await ask(`/api?${new URLSearchParams({ key })}`);
    expect([reply.status, await reply.text()]).toEqual([200, score]);
    expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  }
  expect(await (await ask('/api?group=g&key=Tom')).text()).toBe('other');
});

test.each([
  ['/api', 400, 'the query must have a key, as in /api?key=Tom\n'],
  ['/api?key=', 400, 'key must not be empty\n'],
  ['/api?key=%E5%BC', 400, 'malformed percent-encoding, or not of UTF-8\n'],
  ['/api?key=nobody', 404, 'no such key: "nobody"\n'],
  ['/api?key=Tom&group=other', 404, 'no such group: "other"\n'],
])('%s fails with %i and a line of text', async (path, status, text) => {
  const { ask } = await start({ groups: { scores } });
  const reply = await ask(path);
  expect([reply.status, await reply.text()]).toEqual([status, text]);
  expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8');
});
