import type { Member, PeerClient } from '@ringcache/cache-core';
import { pipe } from '@ringcache/proto';
import { checkTls } from '@ringcache/tls';
import { Channel } from './channel.js';
import { clientLimits, type GrpcClientOptions } from './client-options.js';
import { maxMessageBytes } from './limits.js';
import { peerDefinition } from './peer-service.js';
import { PipeClient, type PipeStats } from './pipe-client.js';
import {
  answerReader,
  peekFromWire,
  pledgeFromWire,
  toDropRequest,
  toPledgeRequest,
  toRequest,
  toWriteRequest,
  writeFromWire,
} from './wire.js';

export interface GrpcPeerClient extends PeerClient {
  stats(): PipeStats;
}

/** Makes clients of peers: a connection and a stream each, opened when first asked, and again after they broke. */
export function dialGrpc(options: GrpcClientOptions = {}): (member: Member) => GrpcPeerClient {
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
    const { token, batchSizes } = options;
    const to = new PipeClient({ channel, path: peerDefinition.pipe.path, limits, token, batchSizes });
    return {
      fetch: (group, key, call) => to.call(() => toRequest(Op.GET, group, key, call), call, readAnswer),
      peek: (group, key, call) => to.call(() => toRequest(Op.PEEK, group, key, call), call, peekFromWire),
      write: (group, change, call) =>
        to.call(() => toWriteRequest(group, change, call, limits.maxValueBytes), call, writeFromWire),
      drop: (group, key, version, call) =>
        to.call(
          () => toDropRequest(group, key, version, call),
          call,
          () => undefined,
        ),
      pledge: (self, ring, call) => to.call(() => toPledgeRequest(self, ring, call), call, pledgeFromWire),
      stats: () => to.stats(),
      close: () => {
        to.close();
        return channel.close();
      },
    };
  };
}
