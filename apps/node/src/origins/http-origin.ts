import { CacheError, type ErrorCode, type Tracing } from '@ringcache/cache-core';
import { inSpan } from '@ringcache/tracing';
import CachePolicy from 'http-cache-semantics';

import type { Origin } from './origin.js';
import { passedOn } from './passed-on.js';

export interface HttpOriginOptions {
  /** With `{key}` where the key belongs. */
  url: string;
  headers: Readonly<Record<string, string>>;
  useMaxAge: boolean;
  maxValueBytes: number;
  tracing?: Tracing | undefined;
}

const GONE = 410;

/** A service that answers GET with the value as its body. Node's fetch, which keeps connections. */
export function httpOrigin(options: HttpOriginOptions): Origin {
  // Of the URL no more than what may be in a log: neither path nor query, nor the key wherever it is.
  const attributes = { 'http.request.method': 'GET', ...serverOf(options.url.replaceAll('{key}', 'key')) };
  return {
    async load(key, { signal, requestId, trace: parent }) {
      // A URL cannot carry them as a part of its path, encoded or not: they would name another resource.
      if (key === '.' || key === '..') throw new CacheError('invalid_argument', `no URL can name the key ${key}`);
      const url = options.url.replaceAll('{key}', () => encodeURIComponent(key));
      return inSpan(options.tracing, 'GET', { kind: 'client', parent, key, attributes }, async (trace, span) => {
        const headers = { ...options.headers, ...passedOn({ requestId, trace }) };
        const response = await ask(url, { headers, signal, redirect: 'follow' });
        span?.set({ 'http.response.status_code': response.status });
        if (response.status === 404 || response.status === GONE) {
          await response.body?.cancel();
          return undefined;
        }
        if (!response.ok) {
          await response.body?.cancel();
          throw new CacheError(codeOf(response.status), `origin ${origin(url)} answered ${response.status}`);
        }
        const value = await bodyOf(response, options.maxValueBytes, url);
        return { value, ttlMs: options.useMaxAge ? freshnessOf(response) : undefined };
      });
    },
    close: async () => {},
  };
}

function serverOf(url: string): Record<string, string | number> {
  const { hostname, port, protocol } = new URL(url);
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw unanswered(error, url, init.signal ?? undefined);
  }
}

async function bodyOf(response: Response, maxBytes: number, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new CacheError('too_large', `origin ${origin(url)} sent more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof CacheError ? error : unanswered(error, url, undefined);
  }
  return Buffer.concat(chunks);
}

function unanswered(error: unknown, url: string, signal: AbortSignal | undefined): CacheError {
  const code: ErrorCode = signal?.aborted ? 'deadline' : 'unavailable';
  const { message, cause } = error as Error & { cause?: Error }; // fetch says "fetch failed", and why in its cause
  const reason = cause?.message || message;
  return new CacheError(code, `origin ${origin(url)}: ${reason}`, { cause: error });
}

function codeOf(status: number): ErrorCode {
  if (status === 429) return 'overloaded';
  if (status === 401 || status === 403) return 'permission_denied';
  if (status === 502 || status === 503 || status === 504) return 'unavailable';
  return status < 500 ? 'invalid_argument' : 'internal';
}

/** Scheme and host: a path or query may hold what does not belong in a log. */
function origin(url: string): string {
  return new URL(url).origin;
}

/**
 * Returns for how long a response may be kept in a shared cache (RFC 9111), in ms; 0: not at all; undefined: it does not say. What
 * this node sends to say who it is, such as Authorization, is the same for all who ask it, so it makes no response private.
 */
function freshnessOf({ status, headers }: Response): number | undefined {
  const request = { url: '', method: 'GET', headers: {} };
  const cacheControl = headers.get('cache-control')?.toLowerCase();
  const said = { ...Object.fromEntries(headers), ...(cacheControl !== undefined && { 'cache-control': cacheControl }) };
  const policy = new CachePolicy(request, { status, headers: said }, { cacheHeuristic: 0 });
  if (!policy.storable() || headers.get('vary')?.trim() === '*') return 0;
  const isSaid = headers.has('expires') || /(^|[\s,])(s-maxage|max-age|no-cache)\b/.test(cacheControl ?? '');
  return isSaid ? Math.max(0, Math.ceil(policy.timeToLive() / 1_000) * 1_000) : undefined; // whole seconds, as it was said
}
