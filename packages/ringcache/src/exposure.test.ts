import { describe, expect, test } from '@jest/globals';

import { type ExposureOptions, exposures, refuseExposure } from './exposure.js';

const TLS = { tls: {} };

describe('open is', () => {
  test.each<[string, ExposureOptions, RegExp[]]>([
    ['nothing on loopback, by whatever name', { grpc: 'localhost:1', http: '127.0.0.2:1' }, []],
    ['nothing on loopback of IPv6', { grpc: '[::1]:1', http: '[::ffff:127.0.0.1]:1' }, []],
    ['nothing that is not served', {}, []],
    [
      'everything elsewhere',
      { grpc: '0.0.0.0:1' },
      [/^gRPC on 0\.0\.0\.0:1 is without TLS/, /^gRPC on 0\.0\.0\.0:1 takes anybody/],
    ],
    [
      'a name that may lead anywhere',
      { http: 'cache-1:80', ...TLS },
      [/^HTTP on cache-1:80 takes anybody for a member/],
    ],
    ['a name that only looks like loopback', { http: '127.0.0.1.evil.test:80', ...TLS }, [/^HTTP/]],
    ['where it listens, not where it is reached', { grpc: '10.0.0.1:1', listen: { grpc: '127.0.0.1:1' } }, []],
    [
      'both, each by itself',
      { grpc: '[::]:1', http: '10.0.0.1:2', clientAuth: 'required' },
      [/^gRPC .*TLS/, /^HTTP .*TLS/],
    ],
    ['TLS without client certificates', { grpc: '[::]:1', ...TLS, clientAuth: 'none', door: {} }, [/takes anybody/]],
    [
      'TLS with client certificates that nobody looks at',
      { grpc: '[::]:1', ...TLS, clientAuth: 'optional' },
      [/takes anybody/],
    ],
    [
      'not TLS with client certificates that a door looks at',
      { grpc: '[::]:1', ...TLS, clientAuth: 'optional', door: {} },
      [],
    ],
    ['not TLS with a token of peers', { grpc: '[::]:1', ...TLS, peerToken: 'x' }, []],
    ['not TLS with required client certificates', { grpc: '[::]:1', ...TLS, clientAuth: 'required' }, []],
  ])('%s', (_, options, expected) => {
    const open = exposures(options);
    expect(open).toHaveLength(expected.length);
    for (const [i, sentence] of open.entries()) expect(sentence).toMatch(expected[i]!);
    if (expected.length === 0) expect(() => refuseExposure({ ...options, requireTls: true })).not.toThrow();
    else expect(() => refuseExposure({ ...options, requireTls: true })).toThrow(/^requireTls: .*Give tls/);
    expect(() => refuseExposure(options)).not.toThrow();
  });
});
