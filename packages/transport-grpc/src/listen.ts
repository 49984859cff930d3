// Where a server takes its connections from. Without TLS grpc-js listens itself. With it we do, and hand it connections that
// are through with TLS: grpc-js shows nobody its sockets, so with its own TLS a client certificate that is wanted but not
// required could be any, and a handshake that never ends would hold up the close.

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls';

import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { CacheError, type OnError } from '@ringcache/cache-core';
import { type ClientAuth, certificateRefused, serverContextOptions, type TlsSource } from '@ringcache/tls';
import { hostOf } from './address.js';

export interface Listener {
  readonly port: number;
  /** Asks connections to go, and cuts those that are left after so many ms. */
  drain(graceMs: number): void;
  /** To be called when the connections have been drained. */
  close(): Promise<void>;
}

export interface ListenTls {
  readonly source: TlsSource;
  readonly clientAuth: ClientAuth;
  readonly handshakeTimeoutMs: number;
  readonly onError: OnError;
}

/** @throws {Error} the address cannot be bound. */
export async function listen(server: Server, address: string, credentials: ServerCredentials): Promise<Listener> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  const bound = `${address.slice(0, address.lastIndexOf(':'))}:${port}`;
  return { port, drain: (graceMs) => server.drain(bound, graceMs), close: async () => {} };
}

/** As {@link listen}. @throws {CacheError} `invalid_argument`: material that is none. */
export async function listenTls(server: Server, address: string, tls: ListenTls): Promise<Listener> {
  const { source, clientAuth } = tls;
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer({
    ...serverContextOptions(source.current(), clientAuth),
    handshakeTimeout: tls.handshakeTimeoutMs,
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
    ALPNProtocols: ['h2'],
  });
  listener.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  listener.on('secureConnection', (socket) => {
    socket.on('error', () => {}); // the session hears of it as well
    if (isTrusted(socket, clientAuth, tls.onError)) injector.injectConnection(socket);
    else socket.destroy();
  });
  const port = await bind(listener, address);
  listener.on('error', (error) => tls.onError(CacheError.from(error)));
  const stop = source.onChange((material) => listener.setSecureContext(serverContextOptions(material, clientAuth)));
  return {
    port,
    drain: (graceMs) => injector.drain(graceMs),
    close: async () => {
      stop();
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function bind(listener: TlsServer, address: string): Promise<number> {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  await once(listener.listen({ host: hostOf(address), port }), 'listening'); // rejects with its 'error'
  return (listener.address() as AddressInfo).port;
}

/** node:tls lets in whoever shows any certificate, and whoever shows none, alike, unless one is required. */
function isTrusted(socket: TLSSocket, clientAuth: ClientAuth, onError: OnError): boolean {
  if (clientAuth === 'none' || socket.authorized) return true;
  const certificate = socket.getPeerCertificate();
  if (certificate?.raw === undefined) return true; // none was shown
  const from = `${socket.remoteAddress}:${socket.remotePort}`;
  onError(certificateRefused(from, certificate, String(socket.authorizationError)));
  return false;
}
