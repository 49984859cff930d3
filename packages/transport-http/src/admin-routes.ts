// What a member says of itself and of the ring as it sees it.

import { CacheError, checkKey, groupOf } from '@ringcache/cache-core';

import { type Handler, respondJson } from './exchange.js';
import { queryValue } from './query.js';

const members: Handler = {
  allow: ['GET', 'HEAD'],
  handle: (exchange) => respondJson(exchange, exchange.node.peers.view()),
};

/** Also the hash and the point on the ring, so that a ring can be compared with another implementation's. */
const owner: Handler = {
  allow: ['GET', 'HEAD'],
  handle(exchange, { query }) {
    const key = queryValue(query, 'key');
    if (key === undefined) throw new CacheError('invalid_argument', 'the query must have a key, as in ?key=Tom');
    checkKey(key);
    const { ring } = exchange.node.peers;
    const { hash, point, owner } = ring.locate(key);
    respondJson(exchange, { key, hash, point, owner, successor: ring.owners(key, 2)[1] });
  },
};

/** Of all groups, or of the one that the query names. */
const stats: Handler = {
  allow: ['GET', 'HEAD'],
  handle(exchange, { group: name }) {
    const { node } = exchange;
    const groups = name === '' ? [...node.groups.values()] : [groupOf(node, name)];
    respondJson(exchange, { groups: groups.map((group) => group.stats()) });
  },
};

export const adminHandlers = { members, owner, stats } as const;
