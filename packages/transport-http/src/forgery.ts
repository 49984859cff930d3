// Requests that a browser sends for a page of another site. A page anywhere on the web can have it POST to localhost, where a
// node may listen with no token to ask for; and with a name of its own that resolves to 127.0.0.1 (DNS rebinding) it can read
// the answers as well. Browsers say for whom they ask (Sec-Fetch-Site, Origin), programs do not: what says nothing is let in.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type Access, CacheError, type CacheNode, isLoopbackAddress } from '@ringcache/cache-core';

/**
 * For what changes something, or is an operator's to know.
 * @throws {CacheError} `permission_denied`: a page of another site asks.
 */
export function refuseForgery(req: IncomingMessage, access: Access, node: CacheNode): void {
  const changes = req.method !== 'GET' && req.method !== 'HEAD';
  if (changes && !isOfThisSite(req)) {
    throw new CacheError('permission_denied', 'a page of another site asked for this: only pages of this address may');
  }
  if (access === 'peer' || req.headers.authorization !== undefined) return; // a page elsewhere has no token to show
  if (access === 'write' && !isOfBrowser(req)) return; // programs may call this machine what they like
  if (isLoopbackAddress(req.socket.remoteAddress ?? '') && !isNameOfOurs(req.headers.host, node)) {
    throw new CacheError(
      'permission_denied',
      `without a token this is answered as localhost, an IP address or the member's own address, not as ${told(req.headers.host)}`,
    );
  }
}

/** Only for what is no GET: with those older browsers, and all over plain HTTP, say nothing. */
function isOfBrowser({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}

function isOfThisSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none'; // none: typed in by the user
  const { origin } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.host?.toLowerCase();
}

/** Nobody else can have a name among these resolve to this machine. */
function isNameOfOurs(host: string | undefined, node: CacheNode): boolean {
  if (host === undefined) return true; // no browser leaves it out
  const name = nameOf(host);
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true;
  return name === nameOf(node.peers.self.http);
}

/** Of `host:port`, `host` or `[v6]:port`. */
function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d*$/, '')).toLowerCase();
}

function told(host: string | undefined): string {
  const SHOWN = 100; // characters: a stranger's text
  return JSON.stringify(host?.slice(0, SHOWN) ?? '');
}
