// What members ask of each other where `peerTransport` is HTTP. None of it asks a third member.

import { CacheError, checkKey, groupOf } from '@ringcache/cache-core';

import { answerHeaders, entryHeaders, VERSION_HEADER } from './answer-headers.js';
import { readBody } from './body.js';
import { changeOf } from './change.js';
import { type Handler, respond, respondJson } from './exchange.js';
import { MAX_PLEDGE_BYTES, pledgeRequestOf } from './pledge.js';
import type { PeerRouteName } from './routes.js';

const serve: Handler = {
  allow: ['GET'],
  async handle(exchange, { group, key }) {
    const answer = await groupOf(exchange.node, group).serve(key, exchange.call);
    respond(exchange, 200, answerHeaders(answer), answer.value);
  },
};

const peek: Handler = {
  allow: ['GET'],
  handle(exchange, { group, key }) {
    checkKey(key);
    const entry = groupOf(exchange.node, group).held(key);
    if (entry === undefined) return respond(exchange, 204, [], null);
    respond(exchange, 200, entryHeaders(entry), entry.value);
  },
};

const write: Handler = {
  allow: ['PUT', 'DELETE'],
  async handle(exchange, { group, key }) {
    const owner = groupOf(exchange.node, group);
    const change = await changeOf(exchange.req, key, exchange.maxValueBytes);
    respondJson(exchange, await owner.own(change, exchange.call));
  },
};

const drop: Handler = {
  allow: ['POST'],
  handle(exchange, { group, key }) {
    const version = wholeNumber(exchange.req.headers[VERSION_HEADER.toLowerCase()]);
    groupOf(exchange.node, group).drop(key === '' ? undefined : key, version, exchange.call);
    respond(exchange, 204, [], null);
  },
};

const pledge: Handler = {
  allow: ['POST'],
  async handle(exchange) {
    const { member, ring } = pledgeRequestOf(await readBody(exchange.req, MAX_PLEDGE_BYTES));
    respondJson(exchange, exchange.node.peers.pledges.give(member, ring));
  },
};

export const peerHandlers: Readonly<Record<PeerRouteName, Handler>> = { serve, peek, write, drop, pledge };

function wholeNumber(header: string | string[] | undefined): number {
  const version = typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isSafeInteger(version)) return version;
  throw new CacheError('invalid_argument', `${VERSION_HEADER} must be a whole number`);
}
