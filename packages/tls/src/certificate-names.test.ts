import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { testTls } from '@ringcache/cache-core/testing/certificates';

import { certificateNames } from './certificate-names.js';

const named = (subjectaltname: string | undefined, CN: string | string[] | undefined = undefined) =>
  certificateNames({ subject: { CN } as never, ...(subjectaltname === undefined ? {} : { subjectaltname }) });

test('the names of a real certificate are its DNS and IP names and its common name', () => {
  const { cert } = testTls('member');
  expect(certificateNames(new X509Certificate(cert).toLegacyObject())).toEqual([
    'localhost',
    '127.0.0.1',
    '::1',
    'member',
  ]);
});

test('names that are no host are left out', () => {
  expect(certificateNames(new X509Certificate(testTls('client').cert).toLegacyObject())).toEqual([
    'client.test',
    'client',
  ]);
});

test.each<[string, string | undefined, string | string[] | undefined, string[]]>([
  ['a certificate without any', undefined, undefined, []],
  ['a common name alone', undefined, 'a', ['a']],
  ['several common names', undefined, ['a', 'b'], ['a', 'b']],
  ['a name twice', 'DNS:a, DNS:a', 'a', ['a']],
  ['a name that looks like two', 'DNS:"a, DNS:admin"', undefined, ['a, DNS:admin']],
  ['a URI that looks like a name', 'URI:"x, DNS:admin", DNS:b', undefined, ['b']],
  ['a quote in a name', 'DNS:"a\\"b, DNS:c", DNS:d', undefined, ['a"b, DNS:c', 'd']],
])('%s', (_, subjectaltname, common, expected) => {
  expect(named(subjectaltname, common)).toEqual(expected);
});
