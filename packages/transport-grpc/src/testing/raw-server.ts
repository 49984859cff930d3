import { type MethodDefinition, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { cache, peer, pipe } from '@ringcache/proto';

import { answerEntry } from './pipe-bytes.js';
import type { Stage } from './stage.js';
import { bytes, message, number } from './wire-bytes.js';

export type RawStream = ServerDuplexStream<Buffer, Buffer>;

const asItIs = (some: Buffer) => some;

/** A server of pipes that can misbehave: it sends any bytes, and reads when it likes. */
export class RawServer {
  readonly address: string;

  private constructor(address: string) {
    this.address = address;
  }

  /** @param onStream is given each stream of either service, and how many came before it. */
  static async listen(stage: Stage, onStream: (stream: RawStream, before: number) => void): Promise<RawServer> {
    const server = new Server();
    let streams = 0;
    const begin = (stream: RawStream) => {
      stream.on('error', () => {}); // told to the other side alone
      onStream(stream, streams++);
    };
    for (const { path } of [cache.CacheService.pipe, peer.PeerService.pipe]) {
      server.addService({ pipe: inBytes(path) }, { pipe: begin });
    }
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    stage.atEnd(() => server.forceShutdown());
    return new RawServer(`127.0.0.1:${port}`);
  }
}

/** Answers every request as a member would: with its key. */
export function answerWell(stream: RawStream): void {
  stream.on('data', (some: Buffer) => {
    const { requests } = pipe.Requests.decode(some);
    stream.write(message(number(1, 1), ...requests.map(({ id, key }) => answerEntry(id, bytes(3, key)))));
  });
}

/** Of the requests in a message of a client. */
export function idsOf(some: Uint8Array): number[] {
  return pipe.Requests.decode(some).requests.map(({ id }) => id);
}

function inBytes(path: string): MethodDefinition<Buffer, Buffer> {
  return {
    ...{ path, requestStream: true, responseStream: true },
    ...{ requestSerialize: asItIs, requestDeserialize: asItIs, responseSerialize: asItIs, responseDeserialize: asItIs },
  };
}
