import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import {
  clearPath,
  EXCHANGE_PATH,
  failureFormat,
  getManyPath,
  groupcachePath,
  keyPath,
  parseRoute,
  peerPath,
} from './routes.js';

const parse = (target: string) => parseRoute(target, () => true);

const PEER_ROUTES = ['serve', 'peek', 'write', 'drop'] as const;

/** Any string that UTF-8 can carry, with more than chance's share of what has been lost on some path or other. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('/', '.', '+', '%', ' ', ':', '?', '#', '&', '=', 'a', '2F', '张', '😀', '\0', '\\'),
  }),
  fc.constantFrom('.', '..', '...', '/', '//', '/keys/', ':getMany', 'a/../b', '%2e%2e', '', ' ', '\ufeff'),
);

describe('a path is read back as what it was made of', () => {
  test('for a key of any group', () => {
    fc.assert(
      fc.property(text, text, (group, key) => {
        expect(parse(keyPath(group, key))).toEqual({ to: 'key', group, key, query: '' });
      }),
    );
  });

  test('for getMany of any group', () => {
    fc.assert(
      fc.property(text, (group) => {
        expect(parse(getManyPath(group))).toEqual({ to: 'getMany', group, key: '', query: '' });
      }),
    );
  });

  test('for clear of any group', () => {
    fc.assert(
      fc.property(text, (group) => {
        expect(parse(clearPath(group))).toEqual({ to: 'clear', group, key: '', query: '' });
      }),
    );
  });

  test('for what members ask of each other', () => {
    expect(parse(EXCHANGE_PATH)).toEqual({ to: 'exchange', group: '', key: '', query: '' });
    fc.assert(
      fc.property(fc.constantFrom(...PEER_ROUTES), text, text, (to, group, key) => {
        expect(parse(peerPath(to, group, key))).toEqual({ to, group, key, query: '' });
      }),
    );
  });

  test('for golang/groupcache', () => {
    fc.assert(
      fc.property(text, text, (group, key) => {
        expect(parse(groupcachePath(group, key))).toEqual({ to: 'groupcache', group, key, query: '' });
      }),
    );
  });

  test('also when a URL parser has had it in between, whatever the key but one that is only dots', () => {
    const beyondDots = text.filter((key) => !/^\.{1,2}$/.test(key));
    fc.assert(
      fc.property(beyondDots, beyondDots, (group, key) => {
        const { pathname } = new URL(keyPath(group, key), 'http://member');
        expect(parse(pathname)).toMatchObject({ group, key });
      }),
    );
  });
});

test('a path is printable ASCII, so that it can be sent as it is', () => {
  fc.assert(
    fc.property(text, text, (group, key) => {
      expect(keyPath(group, key)).toMatch(/^[\x21-\x7e]+$/);
    }),
  );
});

test('no path has a segment that is cleaned away', () => {
  expect(keyPath('..', '.')).toBe('/v1/groups/%2E%2E/keys/%2E');
});

test.each([
  ['a high surrogate', 'a\ud800'],
  ['a low surrogate', '\udfffb'],
])('%s alone is refused before it is sent', (_, key) => {
  for (const make of [keyPath, groupcachePath, (group: string, k: string) => peerPath('serve', group, k)]) {
    expect(() => make('g', key)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => make(key, 'k')).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  }
});

test.each(['%', '%2', '%zz', '%ff', '%C3', '%ED%A0%80', 'a%'])('the encoding %j is malformed in any route', (bad) => {
  for (const path of [
    `/v1/groups/g/keys/${bad}`,
    `/v1/groups/${bad}/keys/k`,
    `/v1/groups/${bad}:getMany`,
    `/v1/peer/serve/g/${bad}`,
    `/_groupcache/g/${bad}`,
  ]) {
    expect(() => parse(path)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  }
});

test.each([
  '',
  '/',
  '*',
  '/v1',
  '/v1/groups',
  '/v1/groups/',
  '/v1/groups/g',
  '/v1/groups/g/',
  '/v1/groups/g/keys',
  '/v1/groups/g/other/k',
  '/v1/groups/g:getmany',
  '/v1/peer/exchange/',
  '/v1/peer/pledge',
  '/v1/peer/serve',
  '/v1/peer/serve/g',
  '/v1/peer/steal/g/k',
  '/v1/peer/constructor/g/k',
  '/v1/admin',
  '/v1/admin/members/',
  '/api/',
  '/apis',
  '/_groupcache',
  '/V1/groups/g/keys/k',
  'http://host',
])('%j is no route', (target) => {
  expect(parse(target)).toBeUndefined();
});

test('what follows /keys/ is the key, further slashes and a plus included', () => {
  expect(parse('/v1/groups/g/keys/a/b//c+d/')).toMatchObject({ key: 'a/b//c+d/' });
  expect(parse('/v1/groups/g/keys/../keys/x')).toMatchObject({ key: '../keys/x' });
});

test('a query is cut off before the path is read', () => {
  expect(parse('/v1/groups/g/keys/k?ttl=30s?x')).toMatchObject({ key: 'k', query: 'ttl=30s?x' });
  expect(parse('/v1/admin/stats?group=g')).toMatchObject({ to: 'stats', group: 'g', query: 'group=g' });
});

test('the group is the one that the query names, where the path has no place for it', () => {
  expect(parse('/api?key=k&group=a%2Fb')).toMatchObject({ to: 'api', group: 'a/b' });
  expect(parse('/api?key=k')).toMatchObject({ group: 'scores' });
  expect(parse('/v1/admin/stats')).toMatchObject({ group: '' });
  expect(parse('/v1/admin/owner?group=g&key=k')).toMatchObject({ group: '' });
});

test("a proxy's absolute form is the same route", () => {
  expect(parse('http://host:1/v1/groups/g/keys/http://x')).toMatchObject({ group: 'g', key: 'http://x' });
  expect(parse('HTTPS://host/api?key=k')).toMatchObject({ to: 'api', query: 'key=k' });
});

describe('a plus, from a groupcache client', () => {
  test.each([
    ['a+b', 'a b', 'the stock client escapes a space so'],
    ['a%2Bb', 'a+b', 'and a plus so'],
    ['a+%26+b', 'a & b', 'and what v3 leaves alone'],
    ['a%20b+c', 'a b+c', 'v3 sends a space as %20, which the stock client never does'],
    ['user:1+2', 'user:1+2', 'nor a colon'],
    ['a=1&b=+', 'a=1&b=+', 'nor these'],
  ])('in %s is read as %j: %s', (sent, key) => {
    expect(parse(`/_groupcache/g/${sent}`)).toMatchObject({ key });
  });

  test('every key arrives that url.QueryEscape has escaped', () => {
    fc.assert(
      fc.property(text, text, (group, key) => {
        const target = `/_groupcache/${queryEscape(group)}/${queryEscape(key)}`;
        expect(parse(target)).toMatchObject({ group, key });
      }),
    );
  });
});

test('a groupcache path is cut as the reference does where our own way finds nothing', () => {
  expect(parse('/_groupcache/g%2Fk')).toMatchObject({ group: 'g', key: 'k' });
  expect(parseRoute('/_groupcache/g%2Fx/k/', (name) => name === 'g')).toMatchObject({
    group: 'g',
    key: 'x/k/',
  });
  expect(() => parse('/_groupcache/g')).toThrow('bad request');
});

test('failures are plain text for /api and groupcache alone', () => {
  expect(['/api', '/api?key=k', '/_groupcache/g/%', '/apis', '/v1/admin/stats?/api'].map(failureFormat)).toEqual([
    'text',
    'text',
    'groupcache',
    'problem',
    'problem',
  ]);
});

/** Go's url.QueryEscape: all but letters, digits and -_.~, a space as a plus. */
function queryEscape(part: string): string {
  return encodeURIComponent(part)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
