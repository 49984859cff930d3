import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { PageFiles } from './page-files.js';

const SCRIPT = 'console.log("a page");\n'.repeat(100);
let folder: string;
let server: Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-page-'));
  const files = new PageFiles(join(folder, 'page'));
  server = createServer((req, res) => void files.answer(req.url!.slice(1), req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

async function build(): Promise<void> {
  await mkdir(join(folder, 'page/assets'), { recursive: true });
  await writeFile(join(folder, 'secret.js'), 'outside');
  await writeFile(join(folder, 'page/index.html'), '<!doctype html>');
  await writeFile(join(folder, 'page/assets/index-C3CM68_P.js'), SCRIPT);
  await writeFile(join(folder, 'page/notes.txt'), 'not of the page');
}

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`, { headers });
}

test('where the page is not built, a line says how it is, and when it is built it is there', async () => {
  const missing = await get('');
  expect([missing.status, await missing.text()]).toEqual([
    503,
    'the page is not built: run `pnpm --filter @ringcache/ui build`\n',
  ]);
  await build();
  let built = missing;
  while (built.status === 503) built = await get(''); // it looks again half a second after it last did
  expect(built.status).toBe(200);
});

test('the page may load and run its own files alone, and be framed by nobody', async () => {
  await build();
  const { headers } = await get('');
  const policy = headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
});

test.each(['br', 'gzip'])('a file is sent as %s to who takes it', async (encoding) => {
  await build();
  const response = await get('assets/index-C3CM68_P.js', { 'accept-encoding': encoding });
  expect(response.headers.get('content-encoding')).toBe(encoding);
  expect(Number(response.headers.get('content-length'))).toBeLessThan(SCRIPT.length / 2);
  expect(await response.text()).toBe(SCRIPT);
});

test('a file whose name tells its content is kept for ever, the page itself is asked for again each time', async () => {
  await build();
  expect((await get('assets/index-C3CM68_P.js')).headers.get('cache-control')).toContain('immutable');
  const page = await get('');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  expect((await get('', { 'if-none-match': page.headers.get('etag')! })).status).toBe(304);
});

test.each(['none.js', 'notes.txt', '..%2Fsecret.js', '../secret.js', '%2e%2e/secret.js', 'assets', 'assets/'])(
  'nothing but files of the page is served: %s',
  async (path) => {
    await build();
    expect((await get(path)).status).toBe(404);
  },
);
