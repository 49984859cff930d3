import { expect, test } from '@jest/globals';

import { isLoopbackAddress, refuseRemoteAdmin } from './remote-admin.js';

test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
  '%s is this machine',
  (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  },
);

test.each([
  '',
  'unknown',
  '10.0.0.1',
  '128.0.0.1',
  '::',
  '::2',
  '::ffff:10.0.0.1',
  'localhost',
  '127.evil.example',
  '1127.0.0.1',
])('"%s" is not, and is told what would let it in', (address) => {
  expect(isLoopbackAddress(address)).toBe(false);
  expect(() => refuseRemoteAdmin({ address, token: undefined, certificate: undefined })).toThrow(
    expect.objectContaining({ code: 'permission_denied', message: expect.stringContaining('access.tokens') }),
  );
});
