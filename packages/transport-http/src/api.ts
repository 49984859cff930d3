import { CacheError, groupOf } from '@ringcache/cache-core';
import { queryValue } from './query.js';
import { type Handler, respond } from './request-context.js';

/** `GET /api?key=…&group=…`, as in the original system: the value as plain text. */
export const apiHandler: Handler = {
  allow: ['GET', 'HEAD'],
  async handle(context, { group: name, query }) {
    const key = queryValue(query, 'key');
    if (key === undefined) throw new CacheError('invalid_argument', 'the query must have a key, as in /api?key=Tom');
    const group = groupOf(context.node, name);
    const { value } = await group.get(key, context.call);
    const headers = ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', String(value.byteLength)];
    respond(context, 200, headers.concat('X-Content-Type-Options', 'nosniff'), value);
  },
};
