import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { ConfigError } from './config-error.js';
import { readPemFiles } from './tls-schema.js';

const THIS = fileURLToPath(import.meta.url);

test('what is given is read, and nothing else', () => {
  expect(readPemFiles({}, 'discovery.tls')).toEqual({});
  expect(readPemFiles({ ca: THIS }, 'tls').ca).toContain('-----BEGIN ANYTHING'); // as this file has it, here
});

test('each file that is none is named, with where its path comes from', () => {
  const read = () => readPemFiles({ ca: '/nowhere/ca.pem', cert: '/dev/null', key: THIS }, 'discovery.tls');
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(
    /^discovery\.tls\.ca: ENOENT.*\/nowhere\/ca\.pem.*\ndiscovery\.tls\.cert: \/dev\/null is no PEM file$/,
  );
});
