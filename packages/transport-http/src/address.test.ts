import { expect, test } from '@jest/globals';

import { formatAddress, parseAddress } from './address.js';

test.each([
  ['127.0.0.1:0', '127.0.0.1', 0],
  ['node-1.cache:65535', 'node-1.cache', 65_535],
  ['[::1]:80', '::1', 80],
])('%s is read and written back', (text, host, port) => {
  expect(parseAddress(text)).toEqual({ host, port });
  expect(formatAddress({ host, port })).toBe(text);
});

test.each(['', 'host', ':80', 'host:', 'host:65536', 'host:-1', '::1:80', 'http://host:80', 'a b:80', 'host:80/'])(
  '%j is no address',
  (text) => {
    expect(parseAddress(text)).toBeUndefined();
  },
);
