import { isIP, type Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js';
import { certificateAlert, rememberCertificate, tlsFailure } from '@ringcache/tls';
import { hostOf } from './address.js';

type CreateConnector = ChannelCredentials['_createSecureConnector'];
type Connector = ReturnType<CreateConnector>;

/**
 * TLS to one address, each connection with the material of its time. grpc-js's own keep what they were made with, and those
 * that take new material are an experiment of its.
 */
export class TlsCredentials extends ChannelCredentials {
  readonly #address: string;
  readonly #context: () => SecureContext;

  /** @param address `host:port`; its host is the name that the certificate must bear. */
  constructor(address: string, context: () => SecureContext) {
    super();
    this.#address = address;
    this.#context = context;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(...[, , credentials]: Parameters<CreateConnector>): Connector {
    return {
      connect: async (socket) => ({ socket: await this.#shakeHands(socket), secure: true }),
      waitForReady: async () => {},
      getCallCredentials: () => credentials ?? CallCredentials.createEmpty(),
      destroy: () => {},
    };
  }

  #shakeHands(socket: Socket): Promise<TLSSocket> {
    const host = hostOf(this.#address);
    const name = isIP(host) === 0 ? { servername: host } : {}; // RFC 6066: an IP address is no server name
    const secured = connect({ socket, host, ...name, secureContext: this.#context(), ALPNProtocols: ['h2'] });
    rememberCertificate(secured);
    secured.on('error', (error) => {
      error.message = certificateAlert(this.#address, error) ?? error.message; // grpc-js passes on the text alone
    });
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => {
        socket.destroy();
        reject(new Error(tlsFailure(this.#address, secured, cause).message));
      };
      const closed = () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
      secured.once('close', closed).once('error', fail);
      secured.once('secureConnect', () => {
        secured.off('close', closed).off('error', fail);
        resolve(secured);
      });
    });
  }
}
