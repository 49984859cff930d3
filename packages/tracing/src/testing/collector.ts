import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type ReceivedSpan, readSpans } from './otlp-messages.js';

export type { ReceivedSpan } from './otlp-messages.js';

const PATIENCE_MS = 20_000;

/** A collector on loopback that takes OTLP over HTTP, in protobuf. */
export class Collector {
  readonly spans: ReceivedSpan[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** What it answers with; other than 200 it takes no spans. */
  status = 200;
  readonly #server: Server;
  readonly #events = new EventEmitter();

  private constructor(server: Server) {
    this.#server = server;
    this.#events.setMaxListeners(0);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.headers.push(request.headers);
        const isOtlp = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
        if (isOtlp && this.status === 200) this.spans.push(...readSpans(Buffer.concat(chunks)));
        response.writeHead(isOtlp ? this.status : 404, { 'content-type': 'application/x-protobuf' }).end();
        this.#events.emit('request');
      });
    });
  }

  static async start(): Promise<Collector> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Collector(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits until what has come satisfies, and says what has come if it never does. */
  async until(what: string, isEnough: (spans: readonly ReceivedSpan[]) => boolean): Promise<void> {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    while (!isEnough(this.spans)) {
      await once(this.#events, 'request', { signal: patience }).catch(() => {
        throw new Error(`not within ${PATIENCE_MS} ms: ${what}\n${this.spans.map(describe).join('\n')}`);
      });
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function describe({ traceId, parentSpanId, spanId, name, kind, resource }: ReceivedSpan): string {
  const parent = parentSpanId === '' ? 'no parent' : `under ${parentSpanId}`;
  return `${traceId.slice(0, 8)} ${spanId} ${parent}: ${kind} ${name} of ${resource['service.instance.id']}`;
}
