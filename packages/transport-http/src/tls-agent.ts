import { Agent, type AgentOptions } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type SecureContext } from 'node:tls';
import { rememberCertificate } from '@ringcache/tls';
import type { Address } from './address.js';

/**
 * Connections over TLS that are kept, each made with the material of its time. node:https takes its material with every
 * request, and would look for a kept connection that was made with the same.
 */
export class TlsAgent extends Agent {
  readonly #context: () => SecureContext;

  constructor(options: AgentOptions, context: () => SecureContext) {
    super(options);
    this.#context = context;
  }

  override createConnection(options: ConnectionOptions): Duplex {
    const { host = '', port } = options as Address;
    const name = isIP(host) === 0 ? { servername: host } : {}; // RFC 6066: an IP address is no server name
    const socket = connect({ host, port, ...name, secureContext: this.#context(), ALPNProtocols: ['http/1.1'] });
    rememberCertificate(socket);
    return socket;
  }
}
