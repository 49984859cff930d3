import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { archiveName } from './etcd-release.js';
import { EtcdUnavailableError, findEtcd } from './find-etcd.js';
import { FAKE_ETCD, fakeCommands } from './testing/fake-commands.js';

/** A place where nothing is published: nobody listens on port 1. */
const NOWHERE = 'http://127.0.0.1:1';
/** Stands for `apt-get download`: leaves two packages where it runs, and notes that it ran. */
const APT_GET = 'echo "$*" >> "$HERE/calls"; case "$*" in *download*) touch etcd-server.deb etcd-client.deb;; esac';
/** Stands for `dpkg-deb -x`: unpacks as Debian's packages do. */
const DPKG_DEB = `mkdir -p usr/bin
for name in etcd etcdctl; do printf '#!/bin/sh\\n${FAKE_ETCD}\\n' > usr/bin/$name; done
chmod +x usr/bin/*`;

let folder: string;
let toolsDir: string;
let bin: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringcache-find-'));
  toolsDir = join(folder, 'tools');
  bin = join(folder, 'bin');
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = (line: string) => void lines.push(line);

describe('findEtcd', () => {
  test('takes the etcd on the PATH before anything else', async () => {
    const env = fakeCommands(bin, { etcd: FAKE_ETCD, 'apt-get': APT_GET, 'dpkg-deb': DPKG_DEB });
    expect(await findEtcd({ env, toolsDir, log })).toBe(join(bin, 'etcd'));
    expect([existsSync(toolsDir), lines]).toEqual([false, []]);
  });

  test('finds a real etcd on this machine, which tells its version', async () => {
    expect(execFileSync(await findEtcd({ log }), ['--version'], { encoding: 'utf8' })).toMatch(/^etcd Version: 3\./);
  });

  test("unpacks Debian's packages, and takes that copy from then on", async () => {
    const env = fakeCommands(bin, { 'apt-get': APT_GET, 'dpkg-deb': DPKG_DEB });
    const path = join(toolsDir, 'etcd', 'bin', 'etcd');
    expect(await findEtcd({ env, toolsDir, log })).toBe(path);
    expect(lines.at(-1)).toBe(`etcd comes from Debian's packages: ${path}`);
    expect(await findEtcd({ env, toolsDir })).toBe(path);
    expect(calls()).toHaveLength(1);
    expect(readdirSync(toolsDir)).toEqual(['etcd']); // no lock and nothing half done is left
  });

  test('installs once for callers that come together', async () => {
    const env = fakeCommands(bin, { 'apt-get': APT_GET, 'dpkg-deb': DPKG_DEB });
    const paths = await Promise.all([1, 2, 3].map(() => findEtcd({ env, toolsDir, log })));
    expect(new Set(paths).size).toBe(1);
    expect(calls()).toHaveLength(1);
    expect(lines).toContainEqual(expect.stringContaining(`waiting for process ${process.pid}`));
  });

  test('gets package lists of its own where the system has none', async () => {
    const needsLists = `case "$*" in *update*) touch "$HERE/lists";; *) test -e "$HERE/lists";; esac\n${APT_GET}`;
    const env = fakeCommands(bin, { 'apt-get': needsLists, 'dpkg-deb': DPKG_DEB });
    await findEtcd({ env, toolsDir, log });
    expect(calls().map((call) => call.split(' ').includes('update'))).toEqual([true, false]);
    expect(calls().every((call) => call.includes(`Dir::State::Lists=${toolsDir}`))).toBe(true);
  });

  test('installs with Homebrew where Debian has failed', async () => {
    const brew = `[ "$1" = --prefix ] && echo "$HERE" && exit; echo "$*" >> "$HERE/calls"; mkdir -p "$HERE/bin"`;
    const env = fakeCommands(bin, { 'apt-get': 'echo no network >&2; exit 100', 'dpkg-deb': DPKG_DEB, brew });
    expect(await findEtcd({ env, toolsDir, log })).toBe(join(bin, 'bin', 'etcd'));
    expect(calls()).toEqual(['install etcd']);
    expect(lines).toContain("Debian's packages: apt-get -o: no network");
  });

  test('says all that was tried and what to do, if there is nothing to be had', async () => {
    const env = fakeCommands(bin, {});
    const failure = await findEtcd({ env, toolsDir, releasesUrl: NOWHERE }).catch((error) => error);
    expect(failure).toBeInstanceOf(EtcdUnavailableError);
    for (const part of ['not on the PATH', 'no apt-get', 'no brew', `${NOWHERE}/`, 'ETCD_HOSTS']) {
      expect(failure.message).toContain(part);
    }
  });
});

describe('the official release', () => {
  const archive = archiveName('linux', process.arch);
  let published: Record<string, Buffer | string>;
  let server: Server;
  let releasesUrl: string;
  beforeEach(async () => {
    server = createServer((request, response) => {
      const body = published[request.url!.split('/').at(-1)!];
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    releasesUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const bytes = makeArchive();
    published = { [archive]: bytes, SHA256SUMS: `${'0'.repeat(64)}  other.tar.gz\n${sha256(bytes)}  ${archive}\n` };
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const get = () => findEtcd({ env: { PATH: '' }, toolsDir, releasesUrl, log });

  /** An archive as they are published: a folder of its own name with the two programs in it. */
  function makeArchive(): Buffer {
    const name = archive.replace('.tar.gz', '');
    mkdirSync(join(folder, 'release'));
    fakeCommands(join(folder, 'release', name), { etcd: FAKE_ETCD, etcdctl: FAKE_ETCD });
    execFileSync('tar', ['-czf', archive, name], { cwd: join(folder, 'release') });
    return readFileSync(join(folder, 'release', archive));
  }

  test('is unpacked if it has the published checksum', async () => {
    const env = fakeCommands(bin, { tar: 'exec tar "$@"' });
    const path = await findEtcd({ env, toolsDir, releasesUrl, log });
    expect(execFileSync(path, { encoding: 'utf8' })).toContain('0.0.0-fake');
    expect(lines.filter((line) => line.startsWith('downloading'))).toHaveLength(2);
  });

  test('is refused, and nothing of it is kept, if it has another checksum', async () => {
    published[archive] = Buffer.concat([published[archive] as Buffer, Buffer.from('x')]);
    await expect(get()).rejects.toThrow(/has checksum [0-9a-f]{64}, published is [0-9a-f]{64}: refused/);
    expect(readdirSync(toolsDir)).toEqual([]);
  });

  test('is refused if no checksum of it is published', async () => {
    published.SHA256SUMS = `${'0'.repeat(64)}  other.tar.gz\n`;
    await expect(get()).rejects.toThrow(`SHA256SUMS does not name ${archive}`);
  });

  test('that is not there is a reason like any other', async () => {
    published = {};
    await expect(get()).rejects.toThrow('SHA256SUMS: HTTP 404');
  });

  test('has a name for each platform it is made for, and none for others', () => {
    expect(archiveName('darwin', 'arm64')).toMatch(/^etcd-v3\.\d+\.\d+-darwin-arm64\.zip$/);
    expect(archiveName('linux', 'x64')).toMatch(/-linux-amd64\.tar\.gz$/);
    expect(() => archiveName('sunos', 'x64')).toThrow('there is none for sunos');
  });
});

function calls(): string[] {
  return readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
