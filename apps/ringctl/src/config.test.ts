import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testCa } from '@ringcache/cache-core/testing/certificates';

import { type ConfigFlags, readConfig } from './config.js';
import { textOf } from './endpoint.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringctl-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const read = (flags: ConfigFlags, env: NodeJS.ProcessEnv = {}) => readConfig(flags, env);

describe('settings', () => {
  test('have defaults for a member on this machine', () => {
    expect(read({})).toEqual({
      endpoints: [{ transport: 'grpc', tls: false, address: 'localhost:9999' }],
      token: undefined,
      tls: undefined,
      output: 'table',
      timeoutMs: 5000,
    });
  });

  test('of the environment give way to flags', () => {
    const env = { RINGCTL_ENDPOINTS: 'a:1,https://b:2/', RINGCTL_OUTPUT: 'yaml', RINGCTL_TOKEN: 'of-the-environment' };
    const { endpoints, output, token } = read({}, env);
    expect([endpoints.map(textOf), output, token]).toEqual([['a:1', 'https://b:2'], 'yaml', 'of-the-environment']);
    expect(read({ endpoints: 'grpcs://[::1]:3', token: 'of-a-flag' }, env)).toMatchObject({
      endpoints: [{ transport: 'grpc', tls: true, address: '[::1]:3' }],
      token: 'of-a-flag',
    });
  });

  test('take a token from a file, where a flag names one, whatever the environment says', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'of-a-file\n');
    expect(read({ tokenFile: file }, { RINGCTL_TOKEN: 'of-the-environment' }).token).toBe('of-a-file');
    expect(read({}, { RINGCTL_TOKEN_FILE: file }).token).toBe('of-a-file');
  });

  test('take certificates from files', async () => {
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, testCa);
    expect(read({ ca }).tls?.ca).toContain('BEGIN CERTIFICATE');
  });
});

describe('bad settings are refused by name', () => {
  test.each<[ConfigFlags, RegExp]>([
    [{ endpoints: 'ftp://h:1' }, /flag --endpoints: item 1: must be host:port, or begin with one of grpc:\/\//],
    [{ endpoints: 'a:1,b' }, /flag --endpoints: item 2: must end with a port/],
    [{ output: 'xml' }, /flag --output: must be one of/],
    [{ timeout: 'soon' }, /flag --timeout: must be a duration/],
    [{ timeout: '1h' }, /flag --timeout: must be at most 10 m/],
    [{ token: 'a', tokenFile: 'b' }, /flag --token-file: .*exclude each other/],
    [{ tokenFile: '/nowhere/token' }, /--token-file \/nowhere\/token: ENOENT/],
    [{ ca: '/nowhere/ca.pem' }, /TLS\.ca: .*ENOENT/],
    [{ cert: '/nowhere/cert.pem' }, /flag --key.*is required: cert and key go together|key: is required/],
  ])('%j', (flags, message) => {
    expect(() => read(flags)).toThrow(message);
  });

  test('a file that holds more than a token, without showing it', async () => {
    const file = join(folder, 'two');
    await writeFile(file, 'secret one\n');
    expect(() => read({ tokenFile: file })).toThrow(/must hold one token/);
    expect(() => read({ tokenFile: file })).not.toThrow(/secret/);
  });
});
