import { createServer as createPlainServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { OnError } from '@ringcache/cache-core';
import { type ClientAuth, certificateRefused, serverContextOptions, type TlsSource } from '@ringcache/tls';
import { formatAddress } from './address.js';

export interface ServerTls {
  readonly source: TlsSource | undefined;
  readonly clientAuth: ClientAuth;
  /** How long a handshake may take, in ms. */
  readonly handshakeTimeoutMs: number;
  /** Hears of client certificates that are refused: their owners learn no more than that the connection is closed. */
  readonly onError: OnError;
}

/**
 * A server of node:http, over TLS if there is material. It takes new material while it runs, until it is closed.
 * @throws {CacheError} `invalid_argument`: material that is none.
 */
export function createServer(options: ServerOptions, tls: ServerTls): Server {
  const { source, clientAuth, handshakeTimeoutMs: handshakeTimeout } = tls;
  if (source === undefined) return createPlainServer(options);
  const server = createTlsServer({
    ...options,
    ...serverContextOptions(source.current(), clientAuth),
    handshakeTimeout,
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
    ALPNProtocols: ['http/1.1'],
  });
  server.once('listening', () => {
    server.once(
      'close',
      source.onChange((material) => server.setSecureContext(serverContextOptions(material, clientAuth))),
    );
  });
  if (clientAuth === 'optional') server.on('secureConnection', (socket) => refuseUntrusted(socket, tls.onError));
  return server;
}

/** node:tls lets in whoever shows any certificate, and whoever shows none, alike, unless one is required. */
function refuseUntrusted(socket: TLSSocket, onError: OnError): void {
  if (socket.authorized) return;
  const certificate = socket.getPeerCertificate();
  if (certificate?.raw === undefined) return; // none was shown
  onError(certificateRefused(remoteOf(socket), certificate, String(socket.authorizationError)));
  socket.destroy();
}

function remoteOf({ remoteAddress: host = '', remotePort: port = 0 }: Socket): string {
  return formatAddress({ host, port });
}
