import { afterEach, describe, expect, test } from '@jest/globals';
import type { Admin, LogLevel } from '@ringcache/cache-core';

import { ADDRESSEE, start, stopAll } from './testing/start.js';

afterEach(stopAll);

const TOKEN = 'a-token-that-a-page-lacks';

/** Counts what it is told to do. */
function noting() {
  const done: string[] = [];
  const admin = {
    drain: async () => void done.push('drain'),
    logLevel: async (level: LogLevel) => {
      done.push(`level ${level}`);
      return level;
    },
    reload: async () => {
      done.push('reload');
      return { applied: [], refused: [] };
    },
    config: async () => 'secret: ***',
  } as unknown as Admin;
  return { admin, done };
}

/** fetch refuses to send what only browsers may: so a request by hand. */
async function startRaw() {
  const { admin, done } = noting();
  const served = await start({ server: { admin } });
  const ask = async (method: string, path: string, headers: Readonly<Record<string, string>>) => {
    const host = headers.Host ?? served.server.address;
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', 'Content-Length: 0'];
    for (const [name, value] of Object.entries(headers)) if (name !== 'Host') lines.push(`${name}: ${value}`);
    const answer = await served.raw(`${lines.join('\r\n')}\r\n\r\n`);
    return { status: Number(answer.split(' ')[1]), answer };
  };
  return { ...served, ask, done, host: served.server.address };
}

const ACTS = [
  ['POST', '/v1/admin/drain'],
  ['POST', '/v1/admin/log-level?level=debug'],
  ['POST', '/v1/admin/reload'],
  ['POST', '/v1/groups/g:clear'],
  ['PUT', '/v1/groups/g/keys/k'],
  ['DELETE', '/v1/groups/g/keys/k'],
  ['POST', '/v1/peer/drop/g/k'],
] as const;

describe.each(ACTS)('%s %s', (method, path) => {
  test.each<[string, Record<string, string>]>([
    ['a page of another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
    ['a page of a sibling site', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:3000' }],
    ['an older browser for a page of another site', { Origin: 'http://evil.example' }],
    ['a page that hides where it is from', { Origin: 'null' }],
    ['an origin that is none', { Origin: 'evil' }],
  ])('is refused to %s', async (_, headers) => {
    const { ask, done } = await startRaw();
    const { status, answer } = await ask(method, path, { ...headers, ...ADDRESSEE, 'X-Ringcache-Version': '1' });
    expect(status).toBe(403);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('a page of another site asked for this');
    expect(done).toEqual([]);
  });

  test('goes on for a page of this address, and for programs', async () => {
    const { ask, host } = await startRaw();
    for (const headers of [
      { 'Sec-Fetch-Site': 'same-origin', Origin: `http://${host}` },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: `http://${host}` },
      {},
    ] as Record<string, string>[]) {
      expect((await ask(method, path, { ...headers, ...ADDRESSEE, 'X-Ringcache-Version': '1' })).status).toBeLessThan(
        300,
      );
    }
  });
});

describe('a page whose name was made to resolve to this machine', () => {
  const rebound = { Host: 'evil.example:8081', 'Sec-Fetch-Site': 'same-origin', Origin: 'http://evil.example:8081' };

  test.each([
    ['GET', '/v1/admin/config'],
    ['GET', '/v1/admin/stats'],
    ['POST', '/v1/admin/drain'],
    ['POST', '/v1/groups/g:clear'],
    ['DELETE', '/v1/groups/g/keys/k'],
  ])('%s %s is refused', async (method, path) => {
    const { ask, done } = await startRaw();
    const { status, answer } = await ask(method, path, rebound);
    expect(status).toBe(403);
    expect(answer).toContain('evil.example:8081');
    expect(done).toEqual([]);
  });

  test('is refused what an operator may know though over plain HTTP browsers do not say who asks', async () => {
    const { ask } = await startRaw();
    expect((await ask('GET', '/v1/admin/config', { Host: 'evil.example' })).status).toBe(403);
  });

  test('is told from a program, which may call this machine what it likes', async () => {
    const { ask } = await startRaw();
    expect((await ask('DELETE', '/v1/groups/g/keys/k', { Host: 'cache' })).status).toBe(200);
  });

  test('is answered with a token, which such a page has not: the name may be that of a proxy', async () => {
    const { ask } = await startRaw();
    const { status } = await ask('GET', '/v1/admin/config', { ...rebound, Authorization: `Bearer ${TOKEN}` });
    expect(status).toBe(200);
  });
});

test.each(['127.0.0.1:1', 'localhost', 'LOCALHOST:8081', 'ui.localhost:8081', '[::1]:8081', '10.1.2.3:8081'])(
  'an operator may call this machine %s',
  async (Host) => {
    const { ask } = await startRaw();
    expect((await ask('GET', '/v1/admin/config', { Host })).status).toBe(200);
  },
);

test("and by the member's own address", async () => {
  const { admin } = noting();
  const { raw } = await start({ self: { http: 'cache-7.example:8081' }, server: { admin } });
  const ask = (host: string) => raw(`GET /v1/admin/config HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(await ask('Cache-7.example:8081')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await ask('cache-8.example:8081')).toMatch(/^HTTP\/1\.1 403 /);
});
