import { CacheError } from '@ringcache/cache-core';
import type { StoreEvent, WatchListener } from './etcd-store.js';

/** A bidirectional call, as gRPC gives it. */
export interface Duplex<Request, Response> {
  write(request: Request): void;
  end(): void;
  cancel(): void;
  on(event: 'data', listener: (response: Response) => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: 'end', listener: () => void): this;
}

/** What is read of etcd's WatchResponse. */
export interface WatchResponse {
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compact_revision: string | number;
  readonly cancel_reason?: string;
  readonly events: readonly {
    readonly type: string;
    readonly kv: { key: Buffer; value: Buffer; lease: string; mod_revision: string };
  }[];
}

/** One question on a stream of its own, which ends with the first answer. */
export function askOnce<Request, Response>(stream: Duplex<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    stream.on('data', resolve);
    stream.on('error', reject); // stays after the answer: an error nobody listens to ends the process
    stream.on('end', () => reject(new Error('the stream ended without an answer')));
    stream.write(request);
    stream.end();
  });
}

/** Hands what a watch stream says to a listener, until the first thing that ends it. */
export class WatchStream<Request> {
  readonly #listener: WatchListener;
  #stream: Duplex<Request, WatchResponse> | undefined;
  #over = false;

  constructor(listener: WatchListener) {
    this.#listener = listener;
  }

  open(stream: Duplex<Request, WatchResponse>, request: Request): void {
    this.#stream = stream;
    stream.on('error', (error) => this.end(error));
    stream.on('end', () => this.end(new Error('etcd ended the watch')));
    stream.on('data', (response) => this.#read(response));
    if (this.#over) this.#release();
    else stream.write(request);
  }

  /** Ends the watch and tells the listener, once. */
  end(error: Error): void {
    if (this.#over) return;
    this.cancel();
    this.#listener.ended(error);
  }

  cancel(): void {
    this.#over = true;
    this.#release();
  }

  #read(response: WatchResponse): void {
    if (this.#over) return;
    if (response.canceled) this.end(new CacheError('internal', cancelReason(response)));
    else if (response.created) this.#listener.created();
    else if (response.events.length > 0) this.#listener.events(response.events.map(toEvent));
  }

  // end() before cancel(): etcd3 takes the cancellation of a stream that is still writable for a failure of the host, and
  // closes the channels of every other call to it.
  #release(): void {
    this.#stream?.end();
    this.#stream?.cancel();
  }
}

function cancelReason(response: WatchResponse): string {
  // etcd 3.4 gives no reason when the revision has been compacted away, only where history begins now.
  if (Number(response.compact_revision) > 0) return `history before ${response.compact_revision} has been compacted`;
  return `etcd cancelled the watch: ${response.cancel_reason || 'no reason given'}`;
}

function toEvent({ type, kv }: WatchResponse['events'][number]): StoreEvent {
  const key = kv.key.toString();
  if (type === 'Delete') return { type: 'delete', key, revision: Number(kv.mod_revision) };
  return { type: 'put', entry: toEntry(kv) };
}

/** @param kv etcd's KeyValue; a lease of '0' is none. */
export function toEntry(kv: { key: Buffer; value: Buffer; lease: string; mod_revision: string }) {
  return {
    key: kv.key.toString(),
    value: kv.value.toString(),
    lease: kv.lease === '0' ? '' : kv.lease,
    revision: Number(kv.mod_revision),
  };
}
