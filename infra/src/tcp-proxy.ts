// Stands between two processes, to hurt what they say to each other as networks do.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * `pass`: all goes through. `refuse`: connections are reset, those that are open as well. `black-hole`: they are taken, and
 * nothing comes through any more, as where a network drops packets. `mute`: what is asked goes through, answers do not.
 */
export type ProxyMode = 'pass' | 'refuse' | 'black-hole' | 'mute';

export interface TcpProxy {
  /** `host:port` to connect to. */
  readonly address: string;
  readonly port: number;
  /** What is held back goes on when the mode lets it. */
  mode: ProxyMode;
  /** How much later all arrives, each way, in ms. Default 0. */
  delayMs: number;
  /** Connections that are open. */
  readonly connections: number;
  close(): Promise<void>;
}

/** @param to where everything goes, `host:port`. It need not listen yet. */
export async function startTcpProxy(to: string): Promise<TcpProxy> {
  const proxy = new HurtingProxy(to);
  await proxy.listen();
  return proxy;
}

interface Pair {
  /** Who connected. */
  readonly near: Socket;
  readonly far: Socket;
}

class HurtingProxy implements TcpProxy {
  readonly #to: { host: string; port: number };
  readonly #server: Server = createServer((near) => this.#take(near));
  readonly #pairs = new Set<Pair>();
  #mode: ProxyMode = 'pass';
  delayMs = 0;

  constructor(to: string) {
    const colon = to.lastIndexOf(':');
    this.#to = { host: to.slice(0, colon), port: Number(to.slice(colon + 1)) };
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  set mode(mode: ProxyMode) {
    this.#mode = mode;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  async close(): Promise<void> {
    this.mode = 'refuse';
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #take(near: Socket): void {
    const pair = { near, far: connect(this.#to) };
    this.#pairs.add(pair);
    this.#pump(near, pair.far, pair);
    this.#pump(pair.far, near, pair);
    this.#apply(pair);
  }

  #pump(from: Socket, to: Socket, pair: Pair): void {
    from.setNoDelay(true);
    from.on('error', () => {}); // 'close' follows
    const pass = (chunk: Buffer) => {
      if (!to.destroyed && !to.write(chunk)) from.pause();
    };
    let lastAt = 0; // what is under way keeps its order
    from.on('data', (chunk: Buffer) => {
      const now = performance.now();
      lastAt = Math.max(lastAt, now + this.delayMs);
      if (lastAt <= now) pass(chunk);
      else setTimeout(() => pass(chunk), lastAt - now);
    });
    to.on('drain', () => {
      if (this.#lets(from, pair)) from.resume();
    });
    from.once('end', () => setTimeout(() => to.end(), Math.max(0, lastAt - performance.now())));
    from.once('close', () => {
      this.#pairs.delete(pair);
      to.destroy();
    });
  }

  #apply(pair: Pair): void {
    if (this.#mode === 'refuse') {
      pair.near.resetAndDestroy();
      return;
    }
    for (const socket of [pair.near, pair.far]) {
      if (this.#lets(socket, pair)) socket.resume();
      else socket.pause();
    }
  }

  #lets(from: Socket, { near }: Pair): boolean {
    return this.#mode === 'pass' || (this.#mode === 'mute' && from === near);
  }
}
