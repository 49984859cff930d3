import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Admin,
  CacheError,
  type CacheNode,
  type Door,
  type OnError,
  refuseRemoteAdmin,
} from '@ringcache/cache-core';

import { checkAddressee } from './addressee.js';
import { adminHandlers } from './admin-routes.js';
import { Admission, accessOf, callerOf } from './admission.js';
import { TIMEOUT_HEADER } from './answer-headers.js';
import { apiHandler } from './api.js';
import { clearHandler } from './clear.js';
import { refuseForgery } from './forgery.js';
import { getManyHandler } from './get-many.js';
import { groupcacheHandler } from './groupcache-wire.js';
import { operatorHandlers } from './operator-routes.js';
import { peerHandlers } from './peer-routes.js';
import { HttpFailure, sendFailure } from './problem.js';
import type { Handler } from './request-context.js';
import { isRequestId, newRequestId, REQUEST_ID_HEADER } from './request-id.js';
import { keyHandler } from './rest.js';
import { failureFormat, parseRoute, type RouteName } from './routes.js';
import { traceOf } from './trace-headers.js';
import { parseMilliseconds } from './ttl.js';

const HANDLERS: Readonly<Record<RouteName, Handler>> = {
  key: keyHandler,
  getMany: getManyHandler,
  clear: clearHandler,
  api: apiHandler,
  groupcache: groupcacheHandler,
  ...peerHandlers,
  ...adminHandlers,
  ...operatorHandlers,
};

/** Answers a request that is none of the cache's own, now or later, and returns true; false: it is not answered. */
export type RequestHook = (req: IncomingMessage, res: ServerResponse) => boolean;

export interface DispatchOptions {
  readonly maxValueBytes: number;
  readonly requestTimeoutMs: number;
  readonly door: Door | undefined;
  readonly admin: Admin | undefined;
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
  const requestId = requestIdOf(req);
  try {
    const route = parseRoute(target, (name) => node.groups.has(name));
    if (route === undefined) {
      if (options.onRequest(req, res)) return;
      throw new HttpFailure(404, 'nothing is served at this path');
    }
    const { allow, handle } = HANDLERS[route.to];
    if (allow.length > 0 && !allow.includes(req.method!)) throw notAllowed(allow);
    const timeoutMs = Math.min(timeoutOf(req) ?? options.requestTimeoutMs, options.requestTimeoutMs);
    const { door, maxValueBytes } = options;
    const access = accessOf(route.to, req.method);
    if (access === 'peer') checkAddressee(req, node);
    if (access !== 'read') refuseForgery(req, access, node);
    const admission = door && new Admission(door, req, access, route.group);
    if (door === undefined && access === 'admin') refuseRemoteAdmin(callerOf(req));
    if (admission !== undefined) res.once('close', () => admission.leave());
    await handle(
      {
        node,
        req,
        res,
        call: { timeoutMs, requestId, trace: traceOf(req.headers) },
        maxValueBytes,
        admission,
        admin: options.admin,
      },
      route,
    );
  } catch (error) {
    if (!(error instanceof CacheError || error instanceof HttpFailure)) options.onError(CacheError.from(error));
    sendFailure(res, error, failureFormat(target), requestId);
  }
}

function notAllowed(allow: readonly string[]): HttpFailure {
  const list = allow.join(', ');
  return new HttpFailure(405, `only ${list} here`, ['Allow', list]);
}

/** The caller's, or one of our own where it gave none, or one that no log could carry. */
function requestIdOf(req: IncomingMessage): string {
  const given = req.headers[REQUEST_ID_HEADER.toLowerCase()];
  return typeof given === 'string' && isRequestId(given) ? given : newRequestId();
}

function timeoutOf(req: IncomingMessage): number | undefined {
  const given = req.headers[TIMEOUT_HEADER.toLowerCase()];
  return typeof given === 'string' ? parseMilliseconds(TIMEOUT_HEADER, given) : undefined;
}
