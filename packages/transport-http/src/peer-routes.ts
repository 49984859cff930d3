// What members ask of each other where `peerTransport` is HTTP. None of it asks a third member.

import { CacheError, checkKey, groupOf } from '@ringcache/cache-core';

import { answerHeaders, entryHeaders, KEEP_OWNED_HEADER, VERSION_HEADER } from './answer-headers.js';
import { readBody } from './body.js';
import { changeOf } from './change.js';
import { exchangeIn, MAX_EXCHANGE_BYTES } from './exchange.js';
import { type Handler, respond, respondJson } from './request-context.js';
import type { PeerRouteName } from './routes.js';

const serve: Handler = {
  allow: ['GET'],
  async handle(context, { group, key }) {
    const answer = await groupOf(context.node, group).serve(key, context.call);
    respond(context, 200, answerHeaders(answer), answer.value);
  },
};

const peek: Handler = {
  allow: ['GET'],
  async handle(context, { group, key }) {
    checkKey(key);
    const entry = await groupOf(context.node, group).handOver(key, context.call);
    if (entry === undefined) return respond(context, 204, [], null);
    respond(context, 200, entryHeaders(entry), entry.value);
  },
};

const write: Handler = {
  allow: ['PUT', 'DELETE'],
  async handle(context, { group, key }) {
    const owner = groupOf(context.node, group);
    const change = await changeOf(context.req, key, context.maxValueBytes);
    respondJson(context, await owner.own(change, context.call));
  },
};

const drop: Handler = {
  allow: ['POST'],
  handle(context, { group, key }) {
    const { headers } = context.req;
    const version = wholeNumber(headers[VERSION_HEADER.toLowerCase()]);
    const keepsOwned = headers[KEEP_OWNED_HEADER.toLowerCase()] === 'true';
    groupOf(context.node, group).drop({ key: key === '' ? undefined : key, version, keepsOwned }, context.call);
    respond(context, 204, [], null);
  },
};

const exchange: Handler = {
  allow: ['POST'],
  async handle(context) {
    const request = exchangeIn(await readBody(context.req, MAX_EXCHANGE_BYTES));
    respondJson(context, context.node.peers.answer(request));
  },
};

export const peerHandlers: Readonly<Record<PeerRouteName, Handler>> = { serve, peek, write, drop, exchange };

function wholeNumber(header: string | string[] | undefined): number {
  const version = typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isSafeInteger(version)) return version;
  throw new CacheError('invalid_argument', `${VERSION_HEADER} must be a whole number`);
}
