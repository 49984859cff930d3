import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { CacheError, type CacheNode, groupOf } from '@ringcache/cache-core';
import { peer, pipe } from '@ringcache/proto';

import { inBytes } from './pipe-codec.js';
import { type Answerer, servePipe } from './pipe-server.js';
import type { ServerLimits } from './server-options.js';
import type { Traffic } from './traffic.js';
import { unary } from './unary.js';
import { answerToWire, emptyResponse, peekToWire, toCallOptions, toChange, writeToWire } from './wire.js';

/** The Peer service's methods, its pipe in bytes. */
export const peerDefinition = { ...peer.PeerService, pipe: inBytes(peer.PeerService.pipe) };

/** What members ask of each other: nothing here asks a third one for a value. */
export function peerService(node: CacheNode, traffic: Traffic, limits: ServerLimits): UntypedServiceImplementation {
  return {
    peek: unary<peer.PeekRequest, peer.PeekResponse>(traffic, async ({ group, key }) =>
      peekToWire(0, groupOf(node, group).held(key), limits.maxValueBytes),
    ),
    apply: unary<peer.ApplyRequest, peer.ApplyResponse>(traffic, async ({ group, key, version }, options) => {
      groupOf(node, group).drop(key, version, options);
      return {};
    }),
    pipe: (stream: ServerDuplexStream<Buffer, Buffer>) =>
      servePipe(stream, { answer: peerAnswerer(node, limits), peers: node.peers, traffic, limits }),
  };
}

function peerAnswerer(node: CacheNode, limits: ServerLimits): Answerer {
  return async (request) => {
    const { id, op, key } = request;
    const group = groupOf(node, request.group);
    const options = toCallOptions(request);
    switch (op) {
      case pipe.Op.GET:
        return answerToWire(id, await group.serve(key, options), limits.maxValueBytes);
      case pipe.Op.SET:
        return writeToWire(id, await group.own(toChange(request), options));
      case pipe.Op.DELETE:
        return writeToWire(id, await group.own({ op: 'delete', key }, options));
      case pipe.Op.PEEK:
        return peekToWire(id, group.held(key), limits.maxValueBytes);
      case pipe.Op.DROP:
        group.drop(key, request.version, options);
        return emptyResponse(id);
      default:
        throw new CacheError('invalid_argument', `op ${op} is not one of Peer's`);
    }
  };
}
