import { Client, type ClientDuplexStream, credentials, Metadata, type StatusObject } from '@grpc/grpc-js';
import { cache, peer, pipe } from '@ringcache/proto';

import { asItIs } from '../pipe-codec.js';
import type { Stage } from './stage.js';

/** Of the member that a stage serves. */
export const ADDRESSEE = { 'ringcache-cluster': 'default', 'ringcache-to': 'served#present' };

const REQUEST: pipe.Request = {
  id: 0,
  op: pipe.Op.GET,
  group: 'g',
  key: 'k',
  value: Buffer.alloc(0),
  ttlMs: 0,
  timeoutMs: 0,
  requestId: '',
  version: 0,
  exchange: undefined,
  traceParent: '',
  traceState: '',
  keepOwned: false,
};

/** A client of a pipe that can misbehave: it sends any bytes, and reads when it likes. */
export class RawPipe {
  readonly stream: ClientDuplexStream<Buffer, Buffer>;
  readonly ended: Promise<StatusObject>;
  readonly responses: pipe.Response[] = [];
  readonly messages: pipe.Responses[] = [];
  #arrived = () => {};

  /** @param names of a pipe of Peer: the metadata that it begins with. */
  constructor(
    stage: Stage,
    address: string,
    service: 'cache' | 'peer' = 'cache',
    names: Readonly<Record<string, string>> = ADDRESSEE,
  ) {
    const { path } = service === 'cache' ? cache.CacheService.pipe : peer.PeerService.pipe;
    const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    stage.atEnd(() => client.close());
    const metadata = new Metadata();
    if (service === 'peer') for (const [name, value] of Object.entries(names)) metadata.set(name, value);
    this.stream = client.makeBidiStreamRequest(path, asItIs, asItIs, metadata);
    stage.atEnd(() => this.stream.cancel());
    this.stream.on('error', () => {}); // the status says the same
    this.ended = new Promise((resolve) => this.stream.on('status', resolve));
    this.stream.on('data', (bytes: Buffer) => {
      const message = pipe.Responses.decode(bytes);
      this.messages.push(message);
      this.responses.push(...message.responses);
      this.#arrived();
    });
  }

  send(...requests: Partial<pipe.Request>[]): void {
    const whole = requests.map((request) => ({ ...REQUEST, ...request }));
    this.sendBytes(Buffer.from(pipe.Requests.encode({ protocol: 1, requests: whole }).finish()));
  }

  sendBytes(bytes: Buffer): void {
    this.stream.write(bytes);
  }

  /** Resolves when so many responses have come. */
  async received(count: number): Promise<pipe.Response[]> {
    while (this.responses.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.responses;
  }
}
