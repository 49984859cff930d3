import { groupOf } from '@ringcache/cache-core';

import { type Handler, respondJson } from './request-context.js';

/** Deletes every key of a group, on every member. */
export const clearHandler: Handler = {
  allow: ['POST'],
  async handle(context, route) {
    respondJson(context, await groupOf(context.node, route.group).clear(context.call));
  },
};
