import { DEFAULT_CLUSTER, type PeerClient, type ViewMember } from '@ringcache/cache-core';
import { pipe } from '@ringcache/proto';
import { checkTls } from '@ringcache/tls';

import { addresseeOf } from './addressee.js';
import { Channel } from './channel.js';
import { clientLimits, type GrpcClientOptions } from './client-options.js';
import { maxMessageBytes } from './limits.js';
import { peerDefinition } from './peer-service.js';
import { PipeClient, type PipeStats } from './pipe-client.js';
import {
  answerReader,
  exchangeFromWire,
  peekFromWire,
  toDropRequest,
  toExchangeRequest,
  toRequest,
  toWriteRequest,
  writeFromWire,
} from './wire.js';

export interface GrpcPeerClient extends PeerClient {
  stats(): PipeStats;
}

export interface GrpcDialOptions extends GrpcClientOptions {
  /** Members of one cluster take each other for members: a process of another one refuses what is asked. Default `default`. */
  cluster?: string | undefined;
}

/**
 * Makes clients of peers: a connection and a stream each, opened when first asked, and again after they broke. A process that is
 * not the member, whatever its address, is as if nobody was there.
 */
export function dialGrpc(options: GrpcDialOptions = {}): (member: ViewMember) => GrpcPeerClient {
  const limits = clientLimits(options);
  const readAnswer = answerReader(limits.maxValueBytes);
  checkTls(options.tls);
  const { Op } = pipe;
  return (member) => {
    const channel = new Channel({
      ...limits,
      address: member.grpc,
      name: member.id,
      credentials: options.credentials,
      tls: options.tls,
      maxMessageBytes: maxMessageBytes(limits.maxValueBytes, limits.maxBytesPerMessage),
    });
    const { token, batchSizes, cluster = DEFAULT_CLUSTER } = options;
    const addressee = addresseeOf(cluster, member);
    const to = new PipeClient({ channel, path: peerDefinition.pipe.path, limits, token, addressee, batchSizes });
    return {
      fetch: (group, key, call) => to.call(() => toRequest(Op.GET, group, key, call), call, readAnswer),
      peek: (group, key, call) => to.call(() => toRequest(Op.PEEK, group, key, call), call, peekFromWire),
      write: (group, change, call) =>
        to.call(() => toWriteRequest(group, change, call, limits.maxValueBytes), call, writeFromWire),
      drop: (group, invalidation, call) =>
        to.call(
          () => toDropRequest(group, invalidation, call),
          call,
          () => undefined,
        ),
      exchange: (request, call) => to.call(() => toExchangeRequest(request, call), call, exchangeFromWire),
      stats: () => to.stats(),
      close: () => {
        to.close();
        return channel.close();
      },
    };
  };
}
