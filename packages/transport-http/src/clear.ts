import { groupOf } from '@ringcache/cache-core';

import { type Handler, respondJson } from './exchange.js';

/** Deletes every key of a group, on every member. */
export const clearHandler: Handler = {
  allow: ['POST'],
  async handle(exchange, route) {
    respondJson(exchange, await groupOf(exchange.node, route.group).clear(exchange.call));
  },
};
