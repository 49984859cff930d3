import { connectivityState, type ServiceError } from '@grpc/grpc-js';
import { CacheError, type CallOptions } from '@ringcache/cache-core';

import { metadataOf, type Token } from './bearer.js';
import { gaveUp } from './call.js';
import type { Channel } from './channel.js';
import type { ClientLimits } from './client-options.js';
import { fromServiceError } from './codes.js';
import { afterRunning } from './patience.js';
import { REQUEST_ID_METADATA } from './unary.js';

/** One of a service's methods, as ts-proto describes it. */
export interface UnaryMethod<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** How calls to one member go out. */
export interface UnaryCaller {
  readonly channel: Channel;
  readonly limits: Pick<ClientLimits, 'callTimeoutMs' | 'connectTimeoutMs'>;
  readonly token: Token | undefined;
}

const HEADER_TEXT = /^[!-~]+$/;

/**
 * A unary call, for what is asked seldom.
 * @throws {CacheError} what the member answers, `answered`; else `unavailable` or `deadline`.
 */
export async function callUnary<Request, Response>(
  { channel, limits, token }: UnaryCaller,
  { path, requestSerialize, responseDeserialize }: UnaryMethod<Request, Response>,
  request: Request,
  { signal, timeoutMs, requestId = '' }: CallOptions,
): Promise<Response> {
  const client = channel.client();
  const metadata = metadataOf(token);
  if (HEADER_TEXT.test(requestId)) metadata.set(REQUEST_ID_METADATA, requestId); // grpc-js throws at any other
  const deadline = Date.now() + (timeoutMs ?? limits.callTimeoutMs);
  return new Promise<Response>((resolve, reject) => {
    if (signal?.aborted) return reject(gaveUp(signal));
    const told = (error: ServiceError | null, answer: Response | undefined) => {
      stop();
      signal?.removeEventListener('abort', abort);
      if (error === null && answer !== undefined) return resolve(answer);
      if (signal?.aborted) return reject(gaveUp(signal));
      reject(error === null ? new CacheError('internal', 'an answer without a message') : failure(error, channel));
    };
    const options = { deadline };
    const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, options, told);
    const abort = () => call.cancel();
    signal?.addEventListener('abort', abort, { once: true });
    const stop = afterRunning(limits.connectTimeoutMs, () => {
      if (client.getChannel().getConnectivityState(false) !== connectivityState.READY) call.cancel();
    });
  });
}

function failure(error: ServiceError, { hint }: Channel): CacheError {
  const said = fromServiceError(error);
  if (said.answered || hint === '') return said;
  return new CacheError(said.code, said.message + hint, { cause: error });
}
