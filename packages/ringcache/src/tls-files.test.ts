import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CacheError } from '@ringcache/cache-core';
import { ManualClock } from '@ringcache/cache-core/testing';
import { type TestTls, testCa, testTls, testTlsFiles } from '@ringcache/cache-core/testing/certificates';

import { type LoadedCertificate, type TlsFiles, tlsFiles } from './tls-files.js';

const INTERVAL_MS = 1_000;
const member = testTls('member');
const renewed = testTls('renewed');

let dir: string;
let clock: ManualClock;
let files: TlsFiles | undefined;
const reloads: LoadedCertificate[] = [];
const errors: CacheError[] = [];
const heard: unknown[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringcache-tls-'));
  clock = new ManualClock();
});
afterEach(async () => {
  files?.close();
  files = undefined;
  for (const list of [reloads, errors, heard]) list.length = 0;
  await rm(dir, { recursive: true });
});

const pathsIn = (folder: string) => ({
  cert: join(folder, 'tls.crt'),
  key: join(folder, 'tls.key'),
  ca: join(folder, 'ca.crt'),
});

async function put(material: Partial<TestTls>, folder = dir): Promise<void> {
  const paths = pathsIn(folder);
  for (const name of ['cert', 'key', 'ca'] as const) {
    if (material[name] === undefined) continue;
    await writeFile(`${paths[name]}.new`, material[name]);
    await rename(`${paths[name]}.new`, paths[name]);
  }
}

async function watch(folder = dir): Promise<TlsFiles> {
  files = await tlsFiles(pathsIn(folder), {
    clock,
    intervalMs: INTERVAL_MS,
    onReload: (loaded) => reloads.push(loaded),
    onError: (error) => errors.push(error),
  });
  files.onChange((material) => heard.push(material));
  return files;
}

/** Lets so many looks at the files happen, to their end: then the next is due. */
async function looks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await clock.advance(INTERVAL_MS);
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('what is there at the beginning is current', async () => {
  await put(member);
  const source = await watch();
  expect(source.current()).toEqual(member);
  expect(source.certificate).toEqual({ subject: 'CN=member', expiresAt: new Date('2120-01-01T00:00:00Z') });
});

describe('files that are replaced', () => {
  test('are loaded at the next look, and told of once', async () => {
    await put(member);
    const source = await watch();
    await put(renewed);
    expect(source.current()).toEqual(member);
    await looks(3);
    expect(source.current()).toEqual(renewed);
    expect([heard, reloads]).toEqual([[renewed], [source.certificate]]);
    expect(source.certificate.subject).toBe('CN=member renewed');
  });

  test('one after the other are loaded when they belong together, and nobody is troubled meanwhile', async () => {
    await put(member);
    const source = await watch();
    await put({ cert: renewed.cert });
    await looks(1);
    expect(source.current()).toEqual(member);
    await put({ key: renewed.key });
    await looks(1);
    expect(source.current()).toEqual(renewed);
    expect(errors).toEqual([]);
  });

  test('by a swap of the link to their folder, as Kubernetes does it', async () => {
    for (const [folder, material] of [
      ['first', member],
      ['second', renewed],
    ] as const) {
      const path = await mkdtemp(join(dir, folder));
      await put(material, path);
      await symlink(path, join(dir, `link-${folder}`));
    }
    await rename(join(dir, 'link-first'), join(dir, 'data'));
    const source = await watch(join(dir, 'data'));
    await rename(join(dir, 'link-second'), join(dir, 'data'));
    await looks(1);
    expect(source.current()).toEqual(renewed);
  });

  test('by an authority alone', async () => {
    await put(member);
    const source = await watch();
    await put({ ca: `${testCa}${testCa}` });
    await looks(1);
    expect(source.current().ca).toBe(`${testCa}${testCa}`);
  });

  test('are loaded at once on request', async () => {
    await put(member);
    const source = await watch();
    expect(await source.reload()).toBe(false);
    await put(renewed);
    expect(await source.reload()).toBe(true);
    expect(source.current()).toEqual(renewed);
  });
});

describe('files that cannot be used', () => {
  const BAD: [string, Partial<TestTls>, RegExp][] = [
    ['a key of another certificate', { cert: renewed.cert }, /the key is not the one of the certificate/],
    ['no PEM', { cert: 'hello' }, /tls\.crt is no PEM file/],
    ['half a certificate', { cert: member.cert.slice(0, 300) }, /^TLS: /],
    ['half an authority', { ca: testCa.slice(0, 300) }, /^TLS: /],
    ['half a key', { key: member.key.slice(0, 100) }, /^TLS: /],
  ];

  test.each(BAD)('%s: the old stay, and it is told once', async (_, bad, message) => {
    await put(member);
    const source = await watch();
    await put(bad);
    await looks(1);
    expect(errors).toEqual([]);
    await looks(3);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'invalid_argument' });
    expect(errors[0]!.message).toMatch(message);
    expect([source.current(), heard, reloads]).toEqual([member, [], []]);
    expect(source.certificate.subject).toBe('CN=member');
    await expect(source.reload()).rejects.toMatchObject({ code: 'invalid_argument' });
    await put(renewed);
    await looks(1);
    expect(source.current()).toEqual(renewed);
  });

  test.each(BAD)('%s: refused at the beginning', async (_, bad, message) => {
    await put({ ...member, ...bad });
    await expect(watch()).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(message) });
  });

  test('a file that is missing is named', async () => {
    await put({ cert: member.cert, ca: testCa });
    await expect(watch()).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(join(dir, 'tls.key')),
    });
  });

  test('a certificate without its key', async () => {
    await expect(tlsFiles({ cert: testTlsFiles('member').cert })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

test('a listener that refuses the material is reported, and the others hear it', async () => {
  await put(member);
  const source = await watch();
  source.onChange(() => {
    throw new Error('not this');
  });
  const late: unknown[] = [];
  source.onChange((material) => late.push(material));
  await put(renewed);
  await looks(1);
  expect(errors.map(({ message }) => message)).toEqual(['not this']);
  expect(late).toEqual([renewed]);
});

test('authorities alone are material of a client', async () => {
  files = await tlsFiles({ ca: testTlsFiles('member').ca }, { clock });
  expect(files.current()).toEqual({ ca: testCa });
  expect(files.certificate).toEqual({ subject: '', expiresAt: undefined });
});

test('a closed source looks no more, also when it was looking', async () => {
  await put(member);
  const source = await watch();
  source.close();
  expect(clock.pending).toBe(0);
  const other = await watch();
  await clock.advance(INTERVAL_MS); // its look has begun
  other.close();
  await other.reload();
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.pending).toBe(0);
});
