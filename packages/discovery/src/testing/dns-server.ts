import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Socket as Connection, createServer, type Server } from 'node:net';
import { type Answer, decode, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';

/**
 * How a server answers. `whole`: as it should; `truncated`: by UDP only that there is more, by TCP all; `garbage`: bytes that
 * are no message; `refused`, `failed`: with an error; `silent`: not at all.
 */
export type DnsManner = 'whole' | 'truncated' | 'garbage' | 'refused' | 'failed' | 'silent';

const RCODES = { nothing: 3, refused: 5, failed: 2 } as const; // RFC 1035, 4.1.1
const GARBAGE = Buffer.from('no message of DNS at all');

/** A real DNS server on loopback, by UDP and TCP, for the names it is given. */
export class DnsServer {
  manner: DnsManner = 'whole';
  readonly #records = new Map<string, Answer[]>();
  readonly #connections = new Set<Connection>();
  #udp: Socket | undefined;
  #tcp: Server | undefined;
  #port = 0;
  #asked = 0;
  #heard: () => void = () => {};

  static async start(): Promise<DnsServer> {
    const server = new DnsServer();
    await server.start();
    return server;
  }

  /** As resolvers want it: `127.0.0.1:port`, the same after a restart. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Questions that came so far. */
  get asked(): number {
    return this.#asked;
  }

  /** Replaces the records of a name; with none the name has no records, but it exists. */
  set(name: string, records: Answer[]): void {
    this.#records.set(name, records);
  }

  /** From now on there is no such name. */
  delete(name: string): void {
    this.#records.delete(name);
  }

  /** Resolves when so many more questions have come. */
  async questions(more: number): Promise<void> {
    const wanted = this.#asked + more;
    while (this.#asked < wanted) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  async start(): Promise<void> {
    const tcp = createServer((connection) => this.#serve(connection));
    tcp.listen(this.#port, '127.0.0.1');
    await once(tcp, 'listening');
    this.#tcp = tcp;
    this.#port = (tcp.address() as AddressInfo).port;
    const udp = createSocket('udp4');
    udp.on('message', (message, from) => {
      const answer = this.#answer(message, 'udp');
      if (answer !== undefined) udp.send(answer, from.port, from.address);
    });
    udp.bind(this.#port, '127.0.0.1');
    await once(udp, 'listening');
    this.#udp = udp;
  }

  /** What asks it then is refused by the system. */
  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    const [udp, tcp] = [this.#udp, this.#tcp];
    this.#udp = undefined;
    this.#tcp = undefined;
    if (udp !== undefined) await new Promise<void>((resolve) => udp.close(resolve));
    if (tcp !== undefined) await new Promise((resolve) => tcp.close(resolve));
  }

  /** By TCP a message has its length before it, in two bytes. */
  #serve(connection: Connection): void {
    this.#connections.add(connection);
    let received = Buffer.alloc(0);
    connection.on('error', () => {}); // the one that asks may hang up at any time
    connection.on('close', () => this.#connections.delete(connection));
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const answer = this.#answer(received.subarray(2, end), 'tcp');
        received = received.subarray(end);
        if (answer === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        connection.write(Buffer.concat([length, answer]));
      }
    });
  }

  #answer(message: Buffer, by: 'udp' | 'tcp'): Buffer | undefined {
    const { manner } = this;
    const { id, questions = [] } = decode(message);
    this.#asked++;
    this.#heard();
    const [question] = questions;
    if (question === undefined || manner === 'silent') return undefined;
    if (manner === 'garbage') return GARBAGE;
    const reply: Packet = { type: 'response', ...(id === undefined ? {} : { id }), questions, flags: 0 };
    if (manner === 'refused' || manner === 'failed') return encode({ ...reply, flags: RCODES[manner] });
    const records = this.#records.get(question.name);
    if (records === undefined) return encode({ ...reply, flags: RCODES.nothing });
    if (manner === 'truncated' && by === 'udp') return encode({ ...reply, flags: TRUNCATED_RESPONSE });
    return encode({ ...reply, answers: records.filter(({ type }) => type === question.type) });
  }
}

/** The records of an SRV name. @param addresses `host:port` each. */
export function srvRecords(name: string, addresses: readonly string[]): Answer[] {
  return addresses.map((address) => {
    const colon = address.lastIndexOf(':');
    const data = { priority: 0, weight: 100, target: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
    return { type: 'SRV', name, ttl: 5, data };
  });
}

/** The records of a headless service's name. */
export function addressRecords(name: string, type: 'A' | 'AAAA', addresses: readonly string[]): Answer[] {
  return addresses.map((data) => ({ type, name, ttl: 5, data }));
}
