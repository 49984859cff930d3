import { connectivityState, type ServiceError } from '@grpc/grpc-js';
import { CacheError, type CallOptions, type Member, type NodeClient, type RingView } from '@ringcache/cache-core';
import { admin, pipe } from '@ringcache/proto';
import { metadataOf, type Token } from './bearer.js';
import { cacheDefinition } from './cache-service.js';
import { gaveUp } from './call.js';
import { Channel } from './channel.js';
import { type ClientLimits, clientLimits, type GrpcClientOptions } from './client-options.js';
import { fromServiceError } from './codes.js';
import { maxMessageBytes } from './limits.js';
import { afterRunning } from './patience.js';
import { PipeClient, type PipeStats } from './pipe-client.js';
import { checkTls } from './tls.js';
import { REQUEST_ID_METADATA } from './unary.js';
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

function failure(error: ServiceError, { hint }: Channel): CacheError {
  const said = fromServiceError(error);
  if (said.answered || hint === '') return said;
  return new CacheError(said.code, said.message + hint, { cause: error });
}

const HEADER_TEXT = /^[!-~]+$/;

async function members(
  channel: Channel,
  limits: ClientLimits,
  token: Token | undefined,
  options: CallOptions,
): Promise<RingView> {
  const { path, requestSerialize, responseDeserialize } = admin.AdminService.members;
  const client = channel.client();
  const metadata = metadataOf(token);
  const { requestId = '' } = options;
  if (HEADER_TEXT.test(requestId)) metadata.set(REQUEST_ID_METADATA, requestId); // grpc-js throws at any other
  const deadline = Date.now() + (options.timeoutMs ?? limits.callTimeoutMs);
  const response = await new Promise<admin.MembersResponse>((resolve, reject) => {
    if (options.signal?.aborted) return reject(gaveUp(options.signal));
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      {},
      metadata,
      { deadline },
      (error, answer) => {
        stop();
        options.signal?.removeEventListener('abort', abort);
        if (error === null && answer !== undefined) resolve(answer);
        else if (options.signal?.aborted) reject(gaveUp(options.signal));
        else
          reject(error === null ? new CacheError('internal', 'an answer without a message') : failure(error, channel));
      },
    );
    const abort = () => call.cancel();
    options.signal?.addEventListener('abort', abort, { once: true });
    const stop = afterRunning(limits.connectTimeoutMs, () => {
      if (client.getChannel().getConnectivityState(false) !== connectivityState.READY) call.cancel();
    });
  });
  const { self, ring: fingerprint, dialect, replicas, stale } = response;
  return { self, members: response.members, dialect, replicas, fingerprint, stale };
}
