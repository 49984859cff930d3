// Many keys in one request, for strangers: JSON both ways, values in base64.

import { type Answer, CacheError, groupOf, MAX_KEY_BYTES } from '@ringcache/cache-core';

import { readBody } from './body.js';
import { parseObject } from './json.js';
import { type Handler, respondJson } from './request-context.js';

export const MAX_KEYS = 1_000;

// So many keys of full length, and as much again for JSON's escapes: parsing blocks, so no more than may be needed.
const MAX_BODY_BYTES = 2 * MAX_KEYS * MAX_KEY_BYTES;

/** Values beyond it, in their order, are answered with `too_large`: the whole is made in memory, and blocks while it is. */
const MAX_VALUES_BYTES = 16 * 1024 * 1024;

export const getManyHandler: Handler = {
  allow: ['POST'],
  async handle(context, route) {
    const group = groupOf(context.node, route.group);
    const keys = keysOf(await readBody(context.req, MAX_BODY_BYTES));
    context.admission?.more(keys.length - 1);
    const answers = await group.getMany(keys, context.call);
    let room = MAX_VALUES_BYTES;
    const results = answers.map((answer, i) => {
      const key = keys[i]!;
      if (answer instanceof CacheError) return failed(key, answer);
      if (answer.value.byteLength > room) return failed(key, noRoom);
      room -= answer.value.byteLength;
      return found(key, answer);
    });
    respondJson(context, { results });
  },
};

const noRoom = new CacheError('too_large', `the values before it fill ${MAX_VALUES_BYTES} bytes: ask for it by itself`);

function keysOf(body: Buffer): string[] {
  const { keys } = parseObject(body);
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw new CacheError('invalid_argument', 'the body must be JSON like {"keys": ["a", "b"]}');
  }
  if (keys.length <= MAX_KEYS) return keys;
  throw new CacheError('invalid_argument', `at most ${MAX_KEYS} keys, got ${keys.length}`);
}

/** `ttlMs` is left out of what does not expire. */
function found(key: string, { value, version, ttlMs, source, servedBy }: Answer) {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const life = ttlMs === Number.POSITIVE_INFINITY ? undefined : Math.ceil(ttlMs);
  return { key, value: bytes.toString('base64'), version, ttlMs: life, source, servedBy };
}

function failed(key: string, { code, message }: CacheError) {
  return { key, error: { code, message } };
}
