import { setMaxListeners } from 'node:events';

import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import {
  type Access,
  CacheError,
  type CallOptions,
  parseTrace,
  refuseRemoteAdmin,
  type TraceContext,
} from '@ringcache/cache-core';

import { callerOf } from './caller.js';
import { drainingError, toServiceError } from './codes.js';
import type { Traffic } from './traffic.js';
import { UnreadableRequest } from './unary-definition.js';

/** Metadata of a unary call that follows the request through events and logs. */
export const REQUEST_ID_METADATA = 'x-request-id';
const TRACEPARENT_METADATA = 'traceparent';
const TRACESTATE_METADATA = 'tracestate';

/** What a request asks for, as a door wants to know it. */
export interface Wanted {
  readonly access: Access;
  /** '': none. */
  readonly group: string;
  readonly keys: number;
}

/** A handler as grpc-js wants it: the caller's deadline and going away reach `handle`, what it throws becomes a status. */
export function unary<Request, Response>(
  traffic: Traffic,
  wanted: (request: Request) => Wanted,
  handle: (request: Request, options: CallOptions) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    if (traffic.stopped) return callback(drainingError());
    if (call.request instanceof UnreadableRequest) {
      const { reason } = call.request;
      return callback(toServiceError(new CacheError('invalid_argument', `the request cannot be read: ${reason}`)));
    }
    const { door } = traffic;
    const { access, group, keys } = wanted(call.request);
    try {
      if (door !== undefined) door.admit(callerOf(call), access, group, keys);
      else if (access === 'admin') refuseRemoteAdmin(callerOf(call));
    } catch (error) {
      return callback(toServiceError(error));
    }
    const leave = traffic.enter();
    const answered = async () => handle(call.request, new UnaryOptions(call)); // what it throws at once is a rejection too
    answered()
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toServiceError(error)),
      )
      .finally(() => {
        door?.leave(access, keys);
        leave();
      });
  };
}

/** Signal and trace are made when somebody asks for them: a get of what is held waits for nothing. */
class UnaryOptions implements CallOptions {
  readonly timeoutMs: number | undefined;
  readonly requestId: string | undefined;
  readonly #call: ServerUnaryCall<unknown, unknown>;
  #controller: AbortController | undefined;

  constructor(call: ServerUnaryCall<unknown, unknown>) {
    const [requestId] = call.metadata.get(REQUEST_ID_METADATA);
    const deadline = Number(call.getDeadline()); // by the wall clock; Infinity: none
    this.timeoutMs = deadline === Number.POSITIVE_INFINITY ? undefined : Math.max(1, deadline - Date.now());
    this.requestId = typeof requestId === 'string' ? requestId : undefined;
    this.#call = call;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#watch();
    return this.#controller.signal;
  }

  get trace(): TraceContext | undefined {
    const { metadata } = this.#call;
    const [traceparent] = metadata.get(TRACEPARENT_METADATA);
    if (typeof traceparent !== 'string') return undefined;
    return parseTrace(traceparent, metadata.get(TRACESTATE_METADATA).join(','));
  }

  #watch(): AbortController {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal); // each key of a GetMany listens
    if (this.#call.cancelled) controller.abort();
    else this.#call.once('cancelled', () => controller.abort());
    return controller;
  }
}
