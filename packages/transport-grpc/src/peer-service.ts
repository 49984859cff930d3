import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { CacheError, type CacheNode, exchangeRequestOf, groupOf, type Invalidation } from '@ringcache/cache-core';
import { peer, pipe } from '@ringcache/proto';

import { addressed, misdirected } from './addressee.js';
import { findHeldFor } from './find-held.js';
import { emptyResponse, inBytes } from './pipe-codec.js';
import { type Answerer, servePipe } from './pipe-server.js';
import type { ServerLimits } from './server-options.js';
import type { Traffic } from './traffic.js';
import { unary, type Wanted } from './unary.js';
import { answerToWire, exchangeToWire, peekToWire, toCallOptions, toChange, writeToWire } from './wire.js';

/** The Peer service's methods, its pipe in bytes. */
export const peerDefinition = { ...peer.PeerService, pipe: inBytes(peer.PeerService.pipe) };

/** What members ask of each other: nothing here asks a third one for a value. */
export function peerService(node: CacheNode, traffic: Traffic, limits: ServerLimits): UntypedServiceImplementation {
  const peek = unary<peer.PeekRequest, peer.PeekResponse>(traffic, ofPeer, async ({ group, key }, options) =>
    peekToWire(0, await groupOf(node, group).handOver(key, options), limits.maxValueBytes),
  );
  const apply = unary<peer.ApplyRequest, peer.ApplyResponse>(traffic, ofPeer, async (request, options) => {
    groupOf(node, request.group).drop(invalidationOf(request), options);
    return {};
  });
  return {
    peek: addressed(node, peek),
    apply: addressed(node, apply),
    pipe: (stream: ServerDuplexStream<Buffer, Buffer>) => {
      // Once is enough for all that will come on it: a process is the same member for as long as it lives.
      const refusal = misdirected(node, stream.metadata);
      if (refusal !== undefined) return void stream.emit('error', refusal);
      servePipe(stream, {
        answer: peerAnswerer(node, limits),
        findHeld: findHeldFor(node, 'peer', limits.maxValueBytes),
        accessOf: () => 'peer',
        peers: node.peers,
        traffic,
        limits,
      });
    },
  };
}

function invalidationOf({ key, version, keepOwned }: peer.ApplyRequest): Invalidation {
  return { key: key === '' ? undefined : key, version, keepsOwned: keepOwned };
}

function ofPeer({ group }: { group: string }): Wanted {
  return { access: 'peer', group, keys: 1 };
}

function peerAnswerer(node: CacheNode, limits: ServerLimits): Answerer {
  return async (request) => {
    const { id, op, key } = request;
    if (op === pipe.Op.EXCHANGE) return exchangeToWire(id, node.peers.answer(exchangeRequestOf(request.exchange)));
    const group = groupOf(node, request.group);
    const options = toCallOptions(request);
    switch (op) {
      case pipe.Op.GET:
        return answerToWire(id, await group.serve(key, options), limits.maxValueBytes);
      case pipe.Op.SET:
        return writeToWire(id, await group.own(toChange(request, limits.maxValueBytes), options));
      case pipe.Op.DELETE:
        return writeToWire(id, await group.own({ op: 'delete', key }, options));
      case pipe.Op.PEEK:
        return peekToWire(id, await group.handOver(key, options), limits.maxValueBytes);
      case pipe.Op.DROP:
        group.drop(invalidationOf(request), options);
        return emptyResponse(id);
      default:
        throw new CacheError('invalid_argument', `op ${op} is not one of Peer's`);
    }
  };
}
