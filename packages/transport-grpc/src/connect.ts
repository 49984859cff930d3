import type { CallOptions, Member, NodeClient, RingView } from '@ringcache/cache-core';
import { admin, pipe } from '@ringcache/proto';
import { checkTls } from '@ringcache/tls';
import { ringFromWire } from './admin-from-wire.js';
import type { Token } from './bearer.js';
import { cacheDefinition } from './cache-service.js';
import { Channel } from './channel.js';
import { type ClientLimits, clientLimits, type GrpcClientOptions } from './client-options.js';
import { maxMessageBytes } from './limits.js';
import { PipeClient, type PipeStats } from './pipe-client.js';
import { callUnary } from './unary-call.js';
import { answerReader, toClearRequest, toRequest, toWriteRequest, writeFromWire } from './wire.js';

export interface GrpcNodeClient extends NodeClient {
  stats(): PipeStats;
}

export interface GrpcConnectOptions extends GrpcClientOptions {
  /** Must not throw. Hears the fingerprint of a node's ring with the first answer of a stream, and when it changes: time to ask `members`. */
  onRing?: ((address: string, fingerprint: string) => void) | undefined;
}

/** Makes clients of nodes, for programs outside the ring: a connection and a stream each, opened when first asked. */
export function connectGrpc(
  options: GrpcConnectOptions = {},
): (member: Pick<Member, 'grpc' | 'http'>) => GrpcNodeClient {
  const limits = clientLimits(options);
  const readAnswer = answerReader(limits.maxValueBytes);
  checkTls(options.tls);
  const { onRing } = options;
  return ({ grpc: address }) => {
    const channel = new Channel({
      ...limits,
      address,
      name: address === '' ? 'the node' : address,
      credentials: options.credentials,
      tls: options.tls,
      maxMessageBytes: maxMessageBytes(limits.maxValueBytes, limits.maxBytesPerMessage),
    });
    const to = new PipeClient({
      channel,
      path: cacheDefinition.pipe.path,
      limits,
      token: options.token,
      batchSizes: options.batchSizes,
      onRing: onRing && ((fingerprint) => onRing(address, fingerprint)),
    });
    return {
      get: (group, key, call) => to.call(() => toRequest(pipe.Op.GET, group, key, call), call, readAnswer),
      write: (group, change, call) =>
        to.call(() => toWriteRequest(group, change, call, limits.maxValueBytes), call, writeFromWire),
      clear: (group, call) => to.call(() => toClearRequest(group, call), call, writeFromWire),
      members: (call) => members(channel, limits, options.token, call),
      stats: () => to.stats(),
      close: () => {
        to.close();
        return channel.close();
      },
    };
  };
}

async function members(
  channel: Channel,
  limits: ClientLimits,
  token: Token | undefined,
  options: CallOptions,
): Promise<RingView> {
  const method = admin.AdminService.members;
  return ringFromWire(await callUnary({ channel, limits, token }, method, {}, options));
}
