// The views and grants that members exchange, as JSON both ways.

import {
  CacheError,
  type ExchangeReply,
  type ExchangeRequest,
  exchangeReplyOf,
  exchangeRequestOf,
} from '@ringcache/cache-core';

import { parseObject } from './json.js';

/** Of a request, and of a reply: a view of ten thousand members, and as many before, have room. */
export const MAX_EXCHANGE_BYTES = 8 * 1024 * 1024;

export function exchangeBody(exchange: ExchangeRequest): Uint8Array {
  return Buffer.from(JSON.stringify(exchange));
}

/** @throws {CacheError} `invalid_argument`: the body is no such request; the message says what is wrong. */
export function exchangeIn(body: Uint8Array): ExchangeRequest {
  return exchangeRequestOf(parseObject(body));
}

/** @throws {CacheError} `unavailable`: the body is no such reply. */
export function replyIn(body: Uint8Array): ExchangeReply {
  try {
    return exchangeReplyOf(parseObject(body));
  } catch (cause) {
    const problem = CacheError.from(cause).message;
    throw new CacheError('unavailable', `unexpected reply: it is no exchange of a ringcache node: ${problem}`, {
      cause,
    });
  }
}
