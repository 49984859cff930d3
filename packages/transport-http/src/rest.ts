// A key as a resource, for whoever speaks HTTP: curl, a browser, a cache in between.

import type { IncomingHttpHeaders } from 'node:http';
import { CacheError, type Group, groupOf } from '@ringcache/cache-core';

import { answerHeaders } from './answer-headers.js';
import { changeOf } from './change.js';
import { etagOf, namesTag } from './etag.js';
import { queryValue, refuseOthers } from './query.js';
import { type Handler, type RequestContext, respond, respondJson } from './request-context.js';
import type { Route } from './routes.js';
import { parseDuration } from './ttl.js';

export const keyHandler: Handler = {
  allow: ['GET', 'HEAD', 'PUT', 'DELETE'],
  handle(context, route) {
    const group = groupOf(context.node, route.group);
    const { method } = context.req;
    return method === 'GET' || method === 'HEAD' ? read(context, group, route.key) : write(context, group, route);
  },
};

async function read(context: RequestContext, group: Group, key: string): Promise<void> {
  const answer = await group.get(key, context.call);
  const etag = etagOf(answer.value);
  const headers = ['ETag', etag, 'Cache-Control', cacheControl(answer.ttlMs)];
  if (namesTag(context.req.headers['if-none-match'], etag)) return respond(context, 304, headers, null);
  headers.push('Content-Type', 'application/octet-stream', 'X-Content-Type-Options', 'nosniff');
  respond(context, 200, headers.concat(answerHeaders(answer)), answer.value);
}

async function write(context: RequestContext, group: Group, { key, query }: Route): Promise<void> {
  refuseConditions(context.req.headers);
  refuseOthers(query, context.req.method === 'PUT' ? ['ttl'] : []);
  const ttl = query === '' ? undefined : queryValue(query, 'ttl');
  const ttlMs = ttl === undefined ? undefined : parseDuration(ttl);
  const change = await changeOf(context.req, key, context.maxValueBytes, ttlMs);
  respondJson(context, await group.write(change, context.call));
}

/**
 * No cache in between hears of a write: it can serve an older value for as long as this says. So what does not expire is to
 * be asked for again each time, which costs no body while its tag is the same.
 */
export function cacheControl(ttlMs: number): string {
  if (ttlMs === Number.POSITIVE_INFINITY) return 'no-cache';
  return ttlMs < 1_000 ? 'no-store' : `max-age=${Math.floor(ttlMs / 1_000)}`;
}

const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since'] as const;

/** Who sends one counts on it; to write all the same would be the lost update that it is there to prevent. */
function refuseConditions(headers: IncomingHttpHeaders): void {
  for (const name of CONDITIONS) {
    if (headers[name] === undefined) continue;
    throw new CacheError('invalid_argument', `writes take no conditions, and there was a header ${name}`);
  }
}
