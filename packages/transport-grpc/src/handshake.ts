// grpc-js sets no limit to the HTTP/2 handshake: where something accepts connections and never says a word (a stopped
// process, a host that was cut off in the middle), its channel stays connecting for as long as the kernel keeps the socket,
// which can be a quarter of an hour, and closing the channel leaves the socket open. Credentials are the one place where
// grpc-js shows the socket, so these credentials, otherwise those they wrap, watch it.

import type { Socket } from 'node:net';

import { ChannelCredentials } from '@grpc/grpc-js';

import { afterRunning } from './patience.js';

type CreateConnector = ChannelCredentials['_createSecureConnector'];

export class WatchedCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #timeoutMs: number;
  readonly #sockets = new Set<Socket>();
  #closed = false;

  /** @param timeoutMs from a connection's beginning to its first byte from the other side. */
  constructor(inner: ChannelCredentials, timeoutMs: number) {
    super();
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
  }

  /** Ends every connection, those to come too. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    const ends = [...this.#sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(ends);
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(...args: Parameters<CreateConnector>): ReturnType<CreateConnector> {
    const connector = this.#inner._createSecureConnector(...args);
    return {
      connect: (socket) => {
        this.#watch(socket);
        return connector.connect(socket);
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    // Every server speaks first: HTTP/2 begins with its settings. The session reads past the socket's events, but not past
    // its count of bytes.
    const stop = afterRunning(this.#timeoutMs, () => {
      if (socket.bytesRead === 0) socket.destroy();
    });
    socket.once('close', () => {
      stop();
      this.#sockets.delete(socket);
    });
    if (this.#closed) socket.destroy();
  }
}
