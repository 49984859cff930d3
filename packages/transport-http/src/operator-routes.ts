// What a member tells its operator, and does at an operator's word: `Admin` as JSON. Acts are POSTs, and answered when done.

import { type Admin, CacheError, type LogLevel } from '@ringcache/cache-core';

import { type Exchange, type Handler, respondJson } from './exchange.js';
import { queryValue } from './query.js';
import type { OperatorRouteName } from './routes.js';

const DEFAULT_HOT_KEYS = 100;

const report: Handler = {
  allow: ['GET'],
  handle: async (exchange) => respondJson(exchange, await adminOf(exchange).report(exchange.call)),
};

const inspect: Handler = {
  allow: ['GET'],
  async handle(exchange, { group, query }) {
    const key = queryValue(query, 'key');
    if (key === undefined)
      throw new CacheError('invalid_argument', 'the query must have a key, as in ?group=g&key=Tom');
    respondJson(exchange, await adminOf(exchange).inspect(group, key, exchange.call));
  },
};

const hotKeys: Handler = {
  allow: ['GET'],
  async handle(exchange, { group, query }) {
    const limit = queryValue(query, 'limit');
    const most = limit === undefined ? DEFAULT_HOT_KEYS : Number(limit === '' ? Number.NaN : limit);
    respondJson(exchange, { keys: await adminOf(exchange).hotKeys(group, most, exchange.call) });
  },
};

const flights: Handler = {
  allow: ['GET'],
  handle: async (exchange) => respondJson(exchange, { flights: await adminOf(exchange).flights(exchange.call) }),
};

const drain: Handler = {
  allow: ['POST'],
  async handle(exchange) {
    await adminOf(exchange).drain(exchange.call);
    respondJson(exchange, {});
  },
};

/** A GET asks for the level, a POST sets it to the one that the query names. */
const logLevel: Handler = {
  allow: ['GET', 'POST'],
  async handle(exchange, { query }) {
    const wanted = exchange.req.method === 'POST' ? levelAsked(query) : undefined;
    respondJson(exchange, { level: await adminOf(exchange).logLevel(wanted, exchange.call) });
  },
};

const config: Handler = {
  allow: ['GET'],
  handle: async (exchange) => respondJson(exchange, { yaml: await adminOf(exchange).config(exchange.call) }),
};

const reload: Handler = {
  allow: ['POST'],
  async handle(exchange, { query }) {
    const dryRun = queryValue(query, 'dryRun') === 'true';
    respondJson(exchange, await adminOf(exchange).reload({ ...exchange.call, dryRun }));
  },
};

export const operatorHandlers: Readonly<Record<OperatorRouteName, Handler>> = {
  report,
  inspect,
  hotKeys,
  flights,
  drain,
  logLevel,
  config,
  reload,
};

function adminOf({ admin }: Exchange): Admin {
  if (admin !== undefined) return admin;
  throw new CacheError('invalid_argument', 'this server was started without an admin');
}

function levelAsked(query: string): LogLevel {
  const level = queryValue(query, 'level');
  if (level === undefined) throw new CacheError('invalid_argument', 'the query must have a level, as in ?level=debug');
  return level as LogLevel; // checked by whoever sets it
}
