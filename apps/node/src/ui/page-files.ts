// The page's files, read and compressed at the first request for one, and then kept: they are few and small.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page loads nothing but its own files and runs nothing inline, so that a stranger's bytes could do nothing either. */
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const SECURITY_HEADERS = {
  'content-security-policy': SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

const NOT_BUILT = 'the page is not built: run `pnpm --filter @ringcache/ui build`\n';
const READ_AGAIN_MS = 500;
const HASHED = /-[\w-]{8}\.\w+$/; // as the build names what index.html refers to: other content gets another name

interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly isHashed: boolean;
  readonly bodies: Readonly<Record<'identity' | 'gzip' | 'br', Buffer>>;
}

export class PageFiles {
  readonly #folder: string;
  #files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param path below the page's folder, '' for the page itself. Answers 404, or 503 where there are no files. */
  async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = path === '' ? 'index.html' : path;
    const files = await this.#filesWith(name);
    if (!files.has('index.html')) return sendText(response, 503, NOT_BUILT);
    const file = files.get(name);
    if (file === undefined) return sendText(response, 404, 'there is no such file of the page\n');
    const headers = {
      ...SECURITY_HEADERS,
      etag: file.etag,
      'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    };
    if (request.headers['if-none-match'] === file.etag) return void response.writeHead(304, headers).end();
    const encoding = encodingFor(request.headers['accept-encoding']);
    const body = file.bodies[encoding];
    response.writeHead(200, {
      ...headers,
      'content-type': file.type,
      'content-length': body.byteLength,
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  /** Reads again what lacks this file, for the page may be built while the node runs; but strangers cannot have it read for ever. */
  async #filesWith(name: string): Promise<ReadonlyMap<string, PageFile>> {
    const files = await this.#files;
    if (files?.has(name) || performance.now() - this.#readAt < READ_AGAIN_MS) return files ?? new Map();
    this.#readAt = performance.now();
    this.#files = readFiles(this.#folder);
    return this.#files;
  }
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const names = await readdir(folder, { recursive: true }).catch(() => []); // not built
  const files = names.filter((name) => TYPES[extname(name)] !== undefined);
  const read = files.map(async (name) => [name.replaceAll(sep, '/'), await readPageFile(join(folder, name))] as const);
  return new Map(await Promise.all(read));
}

async function readPageFile(path: string): Promise<PageFile> {
  const identity = await readFile(path);
  const [zipped, br] = await Promise.all([promisify(gzip)(identity), promisify(brotliCompress)(identity)]);
  const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[extname(path)]!, etag, isHashed: HASHED.test(path), bodies: { identity, gzip: zipped, br } };
}

function encodingFor(accepted: string | string[] | undefined): 'identity' | 'gzip' | 'br' {
  const names = String(accepted ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  return names.includes('br') ? 'br' : names.includes('gzip') ? 'gzip' : 'identity';
}
