import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { claimPort, freePort, freePorts, PortTakenError, requirePorts } from './ports.js';

const server = createServer();
afterEach(() => void server.close());

async function listen(port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('freePorts', () => {
  test('gives distinct ports', async () => {
    const ports = await freePorts(50);
    expect(new Set(ports).size).toBe(50);
  });

  test('gives no port twice while the first who asked may still be about to listen on it', async () => {
    const given = await Promise.all(Array.from({ length: 10 }, () => freePorts(20)));
    expect(new Set(given.flat()).size).toBe(200);
  });

  test('gives ports also where processes that have ended had most of them', async () => {
    const ended = String(spawnSync(process.execPath, ['--version']).pid);
    const folder = mkdtempSync(join(tmpdir(), 'ringcache-claims-'));
    try {
      for (let port = 10_100; port < 22_000; port++) writeFileSync(join(folder, String(port)), ended);
      expect(new Set(await freePorts(50, folder)).size).toBe(50);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('gives ports that a server can listen on, below those of outgoing connections', async () => {
    const port = await freePort();
    expect(await listen(port)).toBe(port);
    expect(port).toBeLessThan(32_768);
  });
});

describe('claimPort', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringcache-claims-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('gives a port to one process, and to another once that has ended', async () => {
    const ended = spawnSync(process.execPath, ['--version']).pid;
    writeFileSync(join(folder, '12000'), String(ended));
    expect(await claimPort(12_000, folder)).toBe(true);
    expect(await claimPort(12_000, folder)).toBe(false);
  });
});

describe('requirePorts', () => {
  test('names the process that holds a port, and what to do about it', async () => {
    const port = await listen(0);
    const failure = await requirePorts([await freePort(), port], 'the node', 'choose another').catch((error) => error);
    expect(failure).toBeInstanceOf(PortTakenError);
    expect(failure.port).toBe(port);
    expect(failure.message).toContain(`port ${port}, which the node needs, is held by `);
    expect(failure.message).toContain(`(pid ${process.pid}): stop it (kill ${process.pid}), or choose another`);
    expect(failure.message).toMatch(new RegExp(`held by (${basename(process.execPath)}|jest|MainThread)`));
  });

  test('resolves when all are free', async () => {
    await expect(requirePorts(await freePorts(3), 'the node')).resolves.toBeUndefined();
  });
});
