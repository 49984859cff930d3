import type { IncomingMessage, ServerResponse } from 'node:http';
import { CacheError, type CacheNode, type OnError } from '@ringcache/cache-core';

import { adminHandlers } from './admin-routes.js';
import { TIMEOUT_HEADER } from './answer-headers.js';
import { apiHandler } from './api.js';
import type { Exchange, Handler } from './exchange.js';
import { getManyHandler } from './get-many.js';
import { groupcacheHandler } from './groupcache-wire.js';
import { peerHandlers } from './peer-routes.js';
import { HttpFailure, sendFailure } from './problem.js';
import { isRequestId, newRequestId, REQUEST_ID_HEADER } from './request-id.js';
import { keyHandler } from './rest.js';
import { failureFormat, parseRoute, type RouteName } from './routes.js';
import { parseMilliseconds } from './ttl.js';

const HANDLERS: Readonly<Record<RouteName, Handler>> = {
  key: keyHandler,
  getMany: getManyHandler,
  api: apiHandler,
  groupcache: groupcacheHandler,
  ...peerHandlers,
  ...adminHandlers,
};

/** Answers a request that is none of the cache's own, now or later, and returns true; false: it is not answered. */
export type RequestHook = (req: IncomingMessage, res: ServerResponse) => boolean;

export interface DispatchOptions {
  readonly maxValueBytes: number;
  readonly requestTimeoutMs: number;
  readonly onRequest: RequestHook;
  readonly onError: OnError;
}

/** Sends a request to its route's handler, and what that throws to the caller. Never rejects. */
export async function dispatch(
  node: CacheNode,
  options: DispatchOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const target = req.url ?? '';
  try {
    const route = parseRoute(target);
    if (route === undefined) {
      if (options.onRequest(req, res)) return;
      throw new HttpFailure(404, 'nothing is served at this path');
    }
    const { allow, handle } = HANDLERS[route.to];
    if (allow.length > 0 && !allow.includes(req.method!)) throw notAllowed(allow);
    await handle(exchangeOf(node, options, req, res), route);
  } catch (error) {
    if (!(error instanceof CacheError || error instanceof HttpFailure)) options.onError(CacheError.from(error));
    sendFailure(res, error, failureFormat(target));
  }
}

function notAllowed(allow: readonly string[]): HttpFailure {
  const list = allow.join(', ');
  return new HttpFailure(405, `only ${list} here`, ['Allow', list]);
}

function exchangeOf(
  node: CacheNode,
  { maxValueBytes, requestTimeoutMs }: DispatchOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Exchange {
  const given = req.headers[REQUEST_ID_HEADER.toLowerCase()];
  const requestId = typeof given === 'string' && isRequestId(given) ? given : newRequestId();
  const asked = req.headers[TIMEOUT_HEADER.toLowerCase()];
  const timeoutMs = typeof asked === 'string' ? parseMilliseconds(TIMEOUT_HEADER, asked) : requestTimeoutMs;
  return { node, req, res, call: { timeoutMs: Math.min(timeoutMs, requestTimeoutMs), requestId }, maxValueBytes };
}
