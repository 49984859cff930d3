import { expect, test } from '@jest/globals';
import { configWarnings } from './config-warnings.js';

test('with peers that speak as golang/groupcache does, it is said that they cannot be told apart', () => {
  const [warning] = configWarnings({ ring: { dialect: 'groupcache' }, peerTransport: 'http' });
  expect(warning).toContain('name neither cluster nor addressee');
});

test.each([
  ['ringcache', 'http'],
  ['groupcache', 'grpc'],
  ['groupcache-v3', 'http'],
])('with dialect %s and peers over %s there is nothing to say', (dialect, peerTransport) => {
  expect(configWarnings({ ring: { dialect }, peerTransport })).toEqual([]);
});
