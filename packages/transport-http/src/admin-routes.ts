// What a member says of itself and of the ring as it sees it.

import { CacheError, checkKey, groupOf } from '@ringcache/cache-core';
import { queryValue } from './query.js';
import { type Handler, respondJson } from './request-context.js';

const members: Handler = {
  allow: ['GET', 'HEAD'],
  handle: (context) => respondJson(context, context.node.peers.view()),
};

/** Also the hash and the point on the ring, so that a ring can be compared with another implementation's. */
const owner: Handler = {
  allow: ['GET', 'HEAD'],
  handle(context, { query }) {
    const key = queryValue(query, 'key');
    if (key === undefined) throw new CacheError('invalid_argument', 'the query must have a key, as in ?key=Tom');
    checkKey(key);
    const { ring } = context.node.peers;
    const { hash, point } = ring.locate(key);
    const [owner, successor] = ring.owners(key, 2).map(({ id, grpc, http, weight }) => ({ id, grpc, http, weight }));
    respondJson(context, { key, hash, point, owner, successor });
  },
};

/** Of all groups, or of the one that the query names. */
const stats: Handler = {
  allow: ['GET', 'HEAD'],
  handle(context, { group: name }) {
    const { node } = context;
    const groups = name === '' ? [...node.groups.values()] : [groupOf(node, name)];
    respondJson(context, { groups: groups.map((group) => group.stats()) });
  },
};

export const adminHandlers = { members, owner, stats } as const;
