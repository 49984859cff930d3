import { describe, expect, test } from '@jest/globals';
import { address, endpoint, listenAddress, memberAddress, splitAddress } from './address.js';

describe('an address', () => {
  test.each(['localhost:1', 'a-b.example.com:65535', '10.0.0.1:8080', '[::1]:80', 'my_service:9', 'example.com.:1'])(
    '%s is taken as it is',
    (text) => {
      expect(address.parse(text)).toBe(text);
    },
  );

  test.each([
    ['http://a:1', 'must be host:port, with no scheme before it'],
    ['a:1/x', 'must be host:port and nothing else'],
    ['me@a:1', 'must be host:port and nothing else'],
    ['a b:1', 'must be host:port and nothing else'],
    ['::1:80', 'must have brackets around IPv6: "[::1]:8080"'],
    ['[::1', 'must have brackets around IPv6: "[::1]:8080"'],
    ['[::1]', 'must end with a port: "host:8080"'],
    ['[a]:1', 'must have a valid host'],
    ['a', 'must end with a port: "host:8080"'],
    [':80', 'must name a host'],
    ['', 'must name a host'],
    ['a:', 'must have a port from 1 to 65535'],
    ['a:0', 'must have a port from 1 to 65535'],
    ['a:65536', 'must have a port from 1 to 65535'],
    ['a:8o', 'must have a port from 1 to 65535'],
    ['256.0.0.1:1', 'must have a valid host'],
    ['-a:1', 'must have a valid host'],
    ['a..b:1', 'must have a valid host'],
  ])('%j is refused, and it is said why', (text, message) => {
    expect(address.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  test('a very long name of dashes is judged at once', () => {
    expect(address.safeParse(`${'a-'.repeat(100_000)}:1`).success).toBe(false);
  });
});

test.each(['0.0.0.0:1', '[::]:1', '[0:0:0:0:0:0:0:0]:1', '[::0.0.0.0]:0'])(
  '%s is where to listen, not where a member is reached',
  (text) => {
    expect(listenAddress.parse(text)).toBe(text);
    expect(memberAddress.safeParse(text).error?.issues[0]?.message).toMatch(/^must name a host that others can reach/);
  },
);

test.each(['localhost:0', '10.0.0.0:1', '[::1]:1'])('%s is where a member may be reached', (text) => {
  expect(memberAddress.parse(text)).toBe(text);
});

test('only what is listened on may have port 0', () => {
  expect(listenAddress.parse('127.0.0.1:0')).toBe('127.0.0.1:0');
  expect(listenAddress.safeParse('127.0.0.1:65536').success).toBe(false);
});

test('an endpoint is an address or its URL, without a path or a password', () => {
  for (const text of ['a:1', 'http://a:1', 'https://[::1]:2']) expect(endpoint.parse(text)).toBe(text);
  expect(endpoint.parse('http://a:1/')).toBe('http://a:1');
  for (const text of ['http://a', 'ftp://a:1', 'http://a:1/x', 'http://u:p@a:1']) {
    expect(endpoint.safeParse(text).success).toBe(false);
  }
});

test('an address splits into what listen wants', () => {
  expect(splitAddress('[::1]:80')).toEqual({ host: '::1', port: 80 });
  expect(splitAddress('localhost:0')).toEqual({ host: 'localhost', port: 0 });
  expect(() => splitAddress('localhost')).toThrow(TypeError);
});
