import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Endpoint {
  readonly address: string;
  readonly ready?: boolean;
  readonly terminating?: boolean;
}

export interface Slice {
  readonly endpoints: readonly Endpoint[];
  readonly ports: Readonly<Record<string, number>>;
  readonly addressType?: string;
}

type Change = { readonly type: string; readonly object: unknown; readonly version: number };

const PATH = '/apis/discovery.k8s.io/v1/namespaces/test/endpointslices';

/**
 * The part of a Kubernetes API server that lists and watches EndpointSlices, over real HTTP: versions, events of a watch from
 * the version it asks for, 410 where that is compacted, 401 for another token.
 */
export class KubernetesServer {
  /** What clients must show. undefined: nothing. */
  token: string | undefined;
  /** It takes connections, and answers nothing. */
  isSilent = false;
  /** What it answers in place of a list. */
  garbage: string | undefined;
  readonly #service: string;
  readonly #slices = new Map<string, unknown>();
  readonly #changes: Change[] = [];
  readonly #watches = new Set<ServerResponse>();
  readonly #sockets = new Set<Socket>();
  readonly #tls: { cert: string; key: string } | undefined;
  #server: Server | undefined;
  #port = 0;
  #version = 1;
  #compacted = 0;
  #heard: () => void = () => {};
  lists = 0;
  watches = 0;
  refused = 0;

  constructor(service: string, tls?: { cert: string; key: string }) {
    this.#service = service;
    this.#tls = tls;
  }

  get url(): string {
    return `${this.#tls ? 'https' : 'http'}://localhost:${this.#port}`;
  }

  async start(): Promise<void> {
    const answer: RequestListener = (request, response) => this.#answer(request, response);
    const server = this.#tls === undefined ? createServer(answer) : createTlsServer(this.#tls, answer);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, 'localhost');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    this.dropConnections();
    await closed;
  }

  /** As a network does that fails. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resolves when `isTrue` after a request. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  set(name: string, slice: Slice): void {
    const object = this.#object(name, slice);
    this.#change(this.#slices.has(name) ? 'MODIFIED' : 'ADDED', object);
    this.#slices.set(name, object);
  }

  delete(name: string): void {
    const object = this.#slices.get(name);
    if (object === undefined) return;
    this.#slices.delete(name);
    this.#change('DELETED', object);
  }

  /** Changes the list without a word to those who watch. */
  setSilently(name: string, slice: Slice): void {
    this.#slices.set(name, this.#object(name, slice));
  }

  bookmark(): void {
    this.#tell({
      type: 'BOOKMARK',
      object: { kind: 'EndpointSlice', metadata: { resourceVersion: `${++this.#version}` } },
    });
  }

  /** Says something else to those who watch. */
  say(text: string): void {
    for (const watch of this.#watches) watch.write(text);
  }

  /** Forgets all events: watches end with 410. */
  compact(): void {
    this.#compacted = ++this.#version;
    this.#changes.length = 0;
    const status = {
      kind: 'Status',
      status: 'Failure',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version',
    };
    this.#tell({ type: 'ERROR', object: status });
    for (const watch of this.#watches) watch.end();
  }

  #object(name: string, { endpoints, ports, addressType = 'IPv4' }: Slice): unknown {
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name,
        resourceVersion: `${++this.#version}`,
        labels: { 'kubernetes.io/service-name': this.#service },
      },
      addressType,
      endpoints: endpoints.map(({ address, ready, terminating }) => ({
        addresses: [address],
        conditions: {
          ...(ready === undefined ? {} : { ready }),
          ...(terminating === undefined ? {} : { terminating }),
        },
      })),
      ports: Object.entries(ports).map(([portName, port]) => ({ name: portName, port, protocol: 'TCP' })),
    };
  }

  #change(type: string, object: unknown): void {
    this.#changes.push({ type, object, version: this.#version });
    this.#tell({ type, object });
  }

  #tell(event: object): void {
    this.say(`${JSON.stringify(event)}\n`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, this.url);
    const isWatch = searchParams.get('watch') === '1';
    if (isWatch) this.watches++;
    else this.lists++;
    queueMicrotask(() => this.#heard());
    if (this.isSilent) return;
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      this.refused++;
      this.#status(response, 401, 'Unauthorized');
      return;
    }
    if (pathname !== PATH || searchParams.get('labelSelector') !== `kubernetes.io/service-name=${this.#service}`) {
      this.#status(response, 403, `endpointslices is forbidden: ${request.url}`);
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (isWatch) this.#watch(Number(searchParams.get('resourceVersion')), response);
    else if (this.garbage !== undefined) response.end(this.garbage);
    else {
      const metadata = { resourceVersion: `${this.#version}` };
      response.end(JSON.stringify({ kind: 'EndpointSliceList', metadata, items: [...this.#slices.values()] }));
    }
  }

  #watch(version: number, response: ServerResponse): void {
    response.writeHead(200);
    response.flushHeaders();
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
    if (version < this.#compacted) {
      this.compact();
      return;
    }
    for (const { type, object, version: at } of this.#changes) {
      if (at > version) response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }

  #status(response: ServerResponse, code: number, message: string): void {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, message }));
  }
}
