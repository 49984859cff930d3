// The daemon as a process: how it starts, what it answers, and how it ends.

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { testCa, testTls, testTlsFiles } from '@ringcache/cache-core/testing/certificates';
import { freePorts } from '@ringcache/infra';

import { alone, killDaemons, runDaemon } from './testing/run-daemon.js';

jest.setTimeout(60_000);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-daemon-'));
  await writeFile(
    join(folder, 'slow-close.mjs'),
    'export default (key) => key; export const close = () => new Promise(() => {});',
  );
  await writeFile(join(folder, 'echo.mjs'), 'export default (key) => key;');
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(killDaemons);

const run = (config: object, ...args: string[]) => runDaemon(folder, config, ...args);

describe('the daemon', () => {
  test('answers, tells its probes and metrics, and ends with 0 on SIGTERM', async () => {
    const { config, http } = await alone('echo.mjs');
    const { child, says, exited, output } = await run(config);
    await says('"msg":"ready"');
    const get = async (path: string) => {
      const response = await fetch(http + path);
      return [response.status, await response.text(), response.headers.get('content-type')] as const;
    };
    expect((await get('/v1/groups/g/keys/k')).slice(0, 2)).toEqual([200, 'k']);
    expect((await get('/livez'))[0]).toBe(200);
    expect((await get('/readyz'))[0]).toBe(200);
    expect((await get('/other'))[0]).toBe(404);
    const [status, text, type] = await get('/metrics');
    expect([status, type]).toEqual([200, expect.stringContaining('text/plain')]);
    expect(text).toMatch(/^ringcache_loads_total\{group="g"\} 1$/m);
    expect(text).toMatch(/^ringcache_main_entries\{group="g"\} 1$/m);
    expect(text).toMatch(/^ringcache_removals_total\{group="g",cause="evicted"\} 0$/m);
    expect(text).toMatch(/^ringcache_ready 1$/m);
    expect(text).not.toMatch(/key=/);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(output.text).toContain('"msg":"stopped"');
  });

  test('answers its probes from the first moment, with etcd away', async () => {
    const { config, http } = await alone('echo.mjs');
    const { exited } = await run({ ...config, discovery: { type: 'etcd', hosts: ['127.0.0.1:1'] } });
    let first: Response | undefined;
    while (first === undefined) {
      const answered = fetch(`${http}/livez`).catch(() => pause(5));
      first = (await Promise.race([
        answered,
        exited.then((code) => Promise.reject(new Error(`ended with ${code}`))),
      ])) as Response | undefined;
    }
    expect(first.status).toBe(200);
    const ready = await fetch(`${http}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringMatching(/not in the ring/)]);
    const metrics = await fetch(`${http}/metrics`);
    expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringMatching(/^ringcache_ready 0$/m)]);
  });

  test('is not ready while it is not in the ring, and answers all the same', async () => {
    const { config, http } = await alone('echo.mjs');
    const away = { ...config, discovery: { type: 'etcd', hosts: ['127.0.0.1:1'] } };
    const { child, says, exited } = await run(away);
    await says('serving, but not in the ring yet');
    expect((await fetch(`${http}/readyz`)).status).toBe(503);
    expect(await (await fetch(`${http}/v1/groups/g/keys/k`)).text()).toBe('k');
    child.kill('SIGINT');
    expect(await exited).toBe(0);
  });

  test('speaks TLS on both ports, and says which certificate it shows', async () => {
    const { config } = await alone('echo.mjs');
    const { says, output } = await run({ ...config, tls: testTlsFiles('member'), requireTls: true });
    await says('"msg":"ready"');
    expect(output.text).toMatch(/"msg":"TLS".*"subject":"CN=member","expiresAt":"2120-01-01T00:00:00.000Z"/);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const url = `https://${config.member.http}/v1/groups/g/keys/k`;
      request(url, { ...testTls('client'), agent: false }, resolve)
        .on('error', reject)
        .end();
    });
    expect(await text(response)).toBe('k');
    const [host, port] = config.member.grpc.split(':');
    const socket = connect({ host, port: Number(port), ca: testCa, ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    expect([socket.alpnProtocol, socket.getPeerCertificate().subject.CN]).toEqual(['h2', 'member']);
    socket.destroy();
  });

  test('warns of what it leaves open beyond loopback, and with requireTls does not start', async () => {
    const { config } = await alone('echo.mjs');
    const open = { ...config, listen: { http: config.member.http.replace('localhost', '0.0.0.0') } };
    const { says } = await run(open);
    await says('without TLS: whoever is on the way can read and change everything');
    const { exited, output } = await run({ ...open, requireTls: true });
    expect(await exited).toBe(1);
    expect(output.text).toMatch(/cannot start: requireTls: HTTP on 0\.0\.0\.0:\d+ is without TLS.*Give tls/);
  });

  test('asks for tokens, and for each lets in whom it names, and how often', async () => {
    const { config, http } = await alone('echo.mjs');
    const [reader, admin, peer] = ['reader-0123456789', 'admin-01234567890', 'peer-012345678901'];
    const access = {
      tokens: [
        { token: reader, role: 'read', groups: ['g'] },
        { token: admin, role: 'admin' },
      ],
      peerToken: peer,
    };
    const groups = { ...config.groups, slow: { ...config.groups.g, rate: { perSecond: 0.001, burst: 1 } } };
    const { says, output } = await run({ ...config, groups, access });
    await says('"msg":"ready"');
    const meant = { 'Ringcache-Cluster': 'dev', 'Ringcache-To': `${config.member.grpc}#` };
    const ask = async (path: string, token?: string, method = 'GET') => {
      const headers = { ...meant, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) };
      const response = await fetch(http + path, { method, headers });
      return [response.status, response.headers.get('retry-after')];
    };
    expect(await ask('/v1/groups/g/keys/k', reader)).toEqual([200, null]);
    expect(await ask('/v1/groups/g/keys/k')).toEqual([401, null]);
    expect(await ask('/v1/groups/g/keys/k', reader, 'DELETE')).toEqual([403, null]);
    expect(await ask('/v1/groups/slow/keys/k', reader)).toEqual([403, null]);
    expect(await ask('/v1/groups/slow/keys/k', admin)).toEqual([200, null]);
    expect(await ask('/v1/groups/slow/keys/k', admin)).toEqual([429, '1000']);
    expect(await ask('/v1/peer/serve/g/k', admin)).toEqual([403, null]);
    expect(await ask('/v1/peer/serve/g/k', peer)).toEqual([200, null]);
    expect(await ask('/readyz')).toEqual([200, null]);
    const metrics = await (await fetch(`${http}/metrics`)).text();
    expect(metrics).toMatch(/^ringcache_refused_total\{reason="unauthenticated"\} 1$/m);
    expect(metrics).toMatch(/^ringcache_refused_total\{reason="permission_denied"\} 3$/m);
    expect(metrics).toMatch(/^ringcache_refused_total\{reason="rate"\} 1$/m);
    expect(metrics).toMatch(/^ringcache_client_keys_in_flight 0$/m);
    for (const secret of [reader, admin, peer]) expect(output.text).not.toContain(secret);
  });

  test('two members with a token of theirs are a ring, and one with another is none of it', async () => {
    const ports = await freePorts(6);
    const members = [0, 2, 4].map((i) => ({ grpc: `localhost:${ports[i]}`, http: `localhost:${ports[i + 1]}` }));
    const discovery = { type: 'static', members: members.slice(0, 2).map((each) => ({ id: each.grpc, ...each })) };
    const groups = { g: { origin: { type: 'module', path: 'who.mjs' } } };
    await writeFile(join(folder, 'who.mjs'), 'export default () => String(process.pid);');
    const start = async (member: object, peerToken: string, known: object = discovery) => {
      const daemon = await run({ member, discovery: known, groups, access: { peerToken } });
      await daemon.says('"msg":"ready"');
      return daemon;
    };
    await start(members[0]!, 'the-token-of-peers');
    await start(members[1]!, 'the-token-of-peers');
    const answers = async (member: { http: string }) =>
      Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const response = await fetch(`http://${member.http}/v1/groups/g/keys/${i}`);
          return [response.status, await response.text()];
        }),
      );
    let [one, other] = [await answers(members[0]!), await answers(members[1]!)];
    while (!isDeepStrictEqual(one, other)) {
      await pause(50); // until they have heard each other, each loads for itself
      [one, other] = [await answers(members[0]!), await answers(members[1]!)];
    }
    expect(new Set(one.map(([, pid]) => pid)).size).toBe(2); // the owner's, whoever is asked
    const third = members[2]!;
    const all = [...discovery.members, { id: third.grpc, ...third }];
    const { child } = await start(third, 'some-other-token-it-is', { type: 'static', members: all });
    // It is refused with those keys that it asks for, until it takes the others for silent: then it loads by itself.
    const answered = (await answers(third)).filter(([status]) => status !== 403);
    expect(new Set(answered.map(([, pid]) => pid))).toEqual(new Set([String(child.pid)]));
    expect(await answers(members[0]!)).toEqual(one);
  });

  test('ends at once with a second signal', async () => {
    const { config } = await alone('slow-close.mjs', { timeout: '1m' });
    const { child, says, exited } = await run(config);
    await says('"msg":"ready"');
    child.kill('SIGTERM');
    await says('leaving the ring');
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
  });

  test('ends within its bound, with 1, where something does not stop', async () => {
    const { config } = await alone('slow-close.mjs', { timeout: '500ms' });
    const { child, says, exited, output } = await run(config);
    await says('"msg":"ready"');
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
    expect(output.text).toContain('not stopped within 500 ms');
  });

  test('says which port is taken and what to do', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { config } = await alone('echo.mjs');
      const http = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { exited, output } = await run({ ...config, member: { ...config.member, http } });
      expect(await exited).toBe(1);
      expect(output.text).toMatch(/in use: stop what listens there, or choose others with --grpc and --http/);
      expect(output.text).toContain(http);
    } finally {
      server.close();
    }
  });

  test('checks and prints its configuration', async () => {
    const { config } = await alone('echo.mjs');
    const check = await run(config, 'config', 'check');
    expect([await check.exited, check.output.text]).toEqual([0, 'the configuration is good\n']);
    const print = await run(config, 'config', 'print');
    expect(await print.exited).toBe(0);
    expect(print.output.text).toContain('type: static');
    const bad = await run({ ...config, gruops: {} }, 'config', 'check');
    expect(await bad.exited).toBe(2);
    expect(bad.output.text).toMatch(/gruops: unknown key; did you mean groups\?/);
  });
});
