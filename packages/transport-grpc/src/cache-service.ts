import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import {
  type Access,
  type Answer,
  CacheError,
  type CacheNode,
  type CallOptions,
  type Change,
  groupOf,
} from '@ringcache/cache-core';
import { cache, pipe } from '@ringcache/proto';

import { errorToWire } from './codes.js';
import { findHeldFor } from './find-held.js';
import { MAX_KEYS_PER_GET_MANY } from './limits.js';
import { inBytes } from './pipe-codec.js';
import { type Answerer, servePipe } from './pipe-server.js';
import type { ServerLimits } from './server-options.js';
import type { Traffic } from './traffic.js';
import { unary, type Wanted } from './unary.js';
import { answerToWire, toCallOptions, toChange, writeToWire } from './wire.js';

/** The Cache service's methods, its pipe in bytes. */
export const cacheDefinition = { ...cache.CacheService, pipe: inBytes(cache.CacheService.pipe) };

/** What clients ask of any member: it answers for the whole cluster. */
export function cacheService(node: CacheNode, traffic: Traffic, limits: ServerLimits): UntypedServiceImplementation {
  const get = async (name: string, key: string, options: CallOptions) => groupOf(node, name).get(key, options);
  const write = async (name: string, change: Change, options: CallOptions) =>
    writeToWire(0, await groupOf(node, name).write(change, options));
  return {
    get: unary<cache.GetRequest, cache.GetResponse>(traffic, one('read'), async ({ group, key }, options) =>
      answerToWire(0, await get(group, key, options), limits.maxValueBytes),
    ),
    getMany: unary<cache.GetManyRequest, cache.GetManyResponse>(traffic, many, async ({ group, keys }, options) => {
      if (keys.length > MAX_KEYS_PER_GET_MANY) {
        throw new CacheError('invalid_argument', `${keys.length} keys; the limit is ${MAX_KEYS_PER_GET_MANY}`);
      }
      const answers = await groupOf(node, group).getMany(keys, options);
      return { results: withinLimit(keys, answers, limits.maxValueBytes) };
    }),
    set: unary<cache.SetRequest, cache.WriteResponse>(traffic, one('write'), (request, options) =>
      write(request.group, toChange(request, limits.maxValueBytes), options),
    ),
    delete: unary<cache.DeleteRequest, cache.WriteResponse>(traffic, one('write'), ({ group, key }, options) =>
      write(group, { op: 'delete', key }, options),
    ),
    clear: unary<cache.ClearRequest, cache.WriteResponse>(traffic, one('admin'), async ({ group }, options) =>
      writeToWire(0, await groupOf(node, group).clear(options)),
    ),
    pipe: (stream: ServerDuplexStream<Buffer, Buffer>) =>
      servePipe(stream, {
        answer: clientAnswerer(node, limits),
        findHeld: findHeldFor(node, 'client', limits.maxValueBytes),
        accessOf,
        peers: node.peers,
        traffic,
        limits,
      }),
  };
}

function one(access: Access): (request: { group: string }) => Wanted {
  return ({ group }) => ({ access, group, keys: 1 });
}

function many({ group, keys }: cache.GetManyRequest): Wanted {
  return { access: 'read', group, keys: Math.max(1, keys.length) };
}

function accessOf(op: pipe.Op): Access {
  if (op === pipe.Op.CLEAR) return 'admin';
  return op === pipe.Op.GET ? 'read' : 'write';
}

function clientAnswerer(node: CacheNode, limits: ServerLimits): Answerer {
  return async (request) => {
    const { id, op, key } = request;
    const group = groupOf(node, request.group);
    const options = toCallOptions(request);
    switch (op) {
      case pipe.Op.GET:
        return answerToWire(id, await group.get(key, options), limits.maxValueBytes);
      case pipe.Op.SET:
        return writeToWire(id, await group.write(toChange(request, limits.maxValueBytes), options));
      case pipe.Op.DELETE:
        return writeToWire(id, await group.write({ op: 'delete', key }, options));
      case pipe.Op.CLEAR:
        return writeToWire(id, await group.clear(options));
      default:
        throw new CacheError('invalid_argument', `op ${op} is not one of Cache's`);
    }
  };
}

const noRoom = new CacheError('too_large', 'no room in this message: ask for it alone');

/** The answers as one message may carry them: the values of a thousand keys can be more than that. */
function withinLimit(
  keys: readonly string[],
  answers: readonly (Answer | CacheError)[],
  maxBytes: number,
): cache.GetManyResponse_Result[] {
  let bytes = 0;
  return answers.map((answer, i) => {
    const key = keys[i]!;
    if (answer instanceof CacheError) return { key, found: undefined, error: errorToWire(answer) };
    bytes += answer.value.byteLength;
    if (bytes <= maxBytes) return { key, found: answerToWire(0, answer, maxBytes), error: undefined };
    bytes -= answer.value.byteLength;
    return {
      key,
      found: undefined,
      error: errorToWire(noRoom),
    };
  });
}
