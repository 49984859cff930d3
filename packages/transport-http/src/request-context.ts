import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admin, CacheNode, TraceContext } from '@ringcache/cache-core';

import type { Admission } from './admission.js';
import { REQUEST_ID_HEADER } from './request-id.js';
import type { Route } from './routes.js';

/** A request, its response, and what a handler needs besides. */
export interface RequestContext {
  readonly node: CacheNode;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** For the group: the caller's timeout, within the server's, the request's id, and where it stands in its trace. */
  readonly call: {
    readonly timeoutMs: number;
    readonly requestId: string;
    readonly trace: TraceContext | undefined;
  };
  /** The largest value that is taken, in bytes. */
  readonly maxValueBytes: number;
  /** Where there is a door: it has let in one key. */
  readonly admission: Admission | undefined;
  /** What answers an operator; undefined: nothing does. */
  readonly admin: Admin | undefined;
}

/** Answers one route's requests; what it throws is told to the caller. */
export interface Handler {
  /** Methods that it takes; none: any. */
  readonly allow: readonly string[];
  handle(context: RequestContext, route: Route): Promise<void> | void;
}

// Up to here a value goes out in one string with the head, which is one write; node:http writes a head and a Buffer as two
// pieces, and that costs a third of a hit. Latin-1 because it takes every byte as it is. Beyond, copying costs more.
const MOST_IN_ONE_WRITE = 4 * 1024;

/** Ends the response. `headers` is flat, name after value; it is added to. */
export function respond(context: RequestContext, status: number, headers: string[], body: Uint8Array | null): void {
  headers.push(REQUEST_ID_HEADER, context.call.requestId);
  const res = context.res.writeHead(status, headers);
  if (body === null || body.byteLength > MOST_IN_ONE_WRITE) res.end(body);
  else res.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1');
}

export function respondJson(context: RequestContext, value: unknown): void {
  const bytes = Buffer.from(JSON.stringify(value));
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(bytes.byteLength)];
  headers.push('Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff');
  respond(context, 200, headers, bytes);
}
