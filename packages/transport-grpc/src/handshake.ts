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
  #wasShownOut = false;

  /** @param timeoutMs from a connection's beginning to its first byte from the other side. */
  constructor(inner: ChannelCredentials, timeoutMs: number) {
    super();
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
  }

  /** The other side closed the latest connection before it had said a word: it expects something else of us. */
  get wasShownOut(): boolean {
    return this.#wasShownOut;
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
      connect: async (socket) => {
        const secured = this.#watch(socket);
        const connection = await connector.connect(socket);
        secured(connection.socket);
        return connection;
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }

  /** @returns to be called when the connection is through with TLS, if it has any. */
  #watch(socket: Socket): (secured: Socket) => void {
    let secured: Socket | undefined;
    let late = false;
    this.#sockets.add(socket);
    // Every server speaks first: HTTP/2 begins with its settings. The session reads past the socket's events, but not past
    // its count of bytes. Over TLS it is the bytes inside that count.
    const stop = afterRunning(this.#timeoutMs, () => {
      late = secured === undefined || secured.bytesRead === 0;
      if (late) socket.destroy();
    });
    socket.once('close', () => {
      stop();
      this.#sockets.delete(socket);
      this.#wasShownOut = secured?.bytesRead === 0 && !late && !this.#closed;
    });
    if (this.#closed) socket.destroy();
    return (after) => {
      secured = after;
    };
  }
}
