// What a member tells its operator, and does at an operator's word: `Admin` as JSON. Acts are POSTs, and answered when done.

import { type Admin, CacheError, type LogLevel } from '@ringcache/cache-core';
import { queryValue } from './query.js';
import { type Handler, type RequestContext, respondJson } from './request-context.js';
import type { OperatorRouteName } from './routes.js';

const DEFAULT_HOT_KEYS = 100;

const report: Handler = {
  allow: ['GET'],
  handle: async (context) => respondJson(context, await adminOf(context).report(context.call)),
};

const inspect: Handler = {
  allow: ['GET'],
  async handle(context, { group, query }) {
    const key = queryValue(query, 'key');
    if (key === undefined)
      throw new CacheError('invalid_argument', 'the query must have a key, as in ?group=g&key=Tom');
    respondJson(context, await adminOf(context).inspect(group, key, context.call));
  },
};

const hotKeys: Handler = {
  allow: ['GET'],
  async handle(context, { group, query }) {
    const limit = queryValue(query, 'limit');
    const most = limit === undefined ? DEFAULT_HOT_KEYS : Number(limit === '' ? Number.NaN : limit);
    respondJson(context, { keys: await adminOf(context).hotKeys(group, most, context.call) });
  },
};

const flights: Handler = {
  allow: ['GET'],
  handle: async (context) => respondJson(context, { flights: await adminOf(context).flights(context.call) }),
};

const drain: Handler = {
  allow: ['POST'],
  async handle(context) {
    await adminOf(context).drain(context.call);
    respondJson(context, {});
  },
};

/** A GET asks for the level, a POST sets it to the one that the query names. */
const logLevel: Handler = {
  allow: ['GET', 'POST'],
  async handle(context, { query }) {
    const wanted = context.req.method === 'POST' ? levelAsked(query) : undefined;
    respondJson(context, { level: await adminOf(context).logLevel(wanted, context.call) });
  },
};

const config: Handler = {
  allow: ['GET'],
  handle: async (context) => respondJson(context, { yaml: await adminOf(context).config(context.call) }),
};

const reload: Handler = {
  allow: ['POST'],
  async handle(context, { query }) {
    const dryRun = queryValue(query, 'dryRun') === 'true';
    respondJson(context, await adminOf(context).reload({ ...context.call, dryRun }));
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

function adminOf({ admin }: RequestContext): Admin {
  if (admin !== undefined) return admin;
  throw new CacheError('invalid_argument', 'this server was started without an admin');
}

function levelAsked(query: string): LogLevel {
  const level = queryValue(query, 'level');
  if (level === undefined) throw new CacheError('invalid_argument', 'the query must have a level, as in ?level=debug');
  return level as LogLevel; // checked by whoever sets it
}
