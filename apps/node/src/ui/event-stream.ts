// Server-sent events to one page. Each event is a state and not a step, so a page that reads slowly misses some and is sent
// the last one of each kind when it reads again; nothing piles up for it. One that reads nothing for long is cut off.

import type { ServerResponse } from 'node:http';
import type { UiEvents } from '@ringcache/ui';

const DEFAULT_HEARTBEAT_MS = 10_000; // the page takes a node that is silent for 25 s for being away
const DEFAULT_STALLED_MS = 20_000;

export interface EventStreamOptions {
  /** Asked at each heartbeat: false ends the stream. */
  readonly mayGoOn: () => boolean;
  /** It has ended, whoever ended it. */
  readonly onEnd: () => void;
  /** How often it shows that it lives, and looks whether the page still reads, in ms. Default 10,000. */
  readonly heartbeatMs?: number;
  /** For how long a page may read nothing, in ms. Default 20,000. */
  readonly stalledMs?: number;
}

export class EventStream {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  /** While the page does not read: the last event of each kind, to be sent when it does. */
  readonly #waiting = new Map<keyof UiEvents, string>();
  #stalledSince: number | undefined;

  /** Sends the head at once. */
  constructor(response: ServerResponse, options: EventStreamOptions) {
    const { mayGoOn, onEnd, heartbeatMs = DEFAULT_HEARTBEAT_MS, stalledMs = DEFAULT_STALLED_MS } = options;
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no', // for nginx, which would hold events back
    });
    response.flushHeaders();
    response.on('drain', () => this.#flush());
    this.#heartbeat = setInterval(() => this.#beat(mayGoOn, stalledMs), heartbeatMs);
    this.#heartbeat.unref();
    response.once('close', () => {
      clearInterval(this.#heartbeat);
      onEnd();
    });
  }

  send<K extends keyof UiEvents>(kind: K, event: UiEvents[K]): void {
    const text = `event: ${kind}\ndata: ${JSON.stringify(event)}\n\n`;
    if (this.#stalledSince === undefined) this.#write(text);
    else this.#waiting.set(kind, text);
  }

  end(): void {
    this.#response.end();
  }

  #write(text: string): void {
    if (!this.#response.write(text)) this.#stalledSince ??= performance.now();
  }

  #flush(): void {
    this.#stalledSince = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const text of waiting) this.#write(text);
  }

  #beat(mayGoOn: () => boolean, stalledMs: number): void {
    if (this.#stalledSince !== undefined && performance.now() - this.#stalledSince > stalledMs) {
      this.#response.destroy();
    } else if (mayGoOn()) {
      if (this.#stalledSince === undefined) this.#write(': heartbeat\n\n');
    } else this.end();
  }
}
