// What the page asks of its node, all of it GET: it changes keys through the same routes as everybody else. Who may ask is the
// door's to say; without a door everybody may.

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Access,
  type Admin,
  CacheError,
  type CacheNode,
  type ErrorCode,
  type Member,
} from '@ringcache/cache-core';
import type { RingPicture, Session } from '@ringcache/ui';

import { ClusterWatch } from './cluster-watch.js';
import { EventStream } from './event-stream.js';
import { memberViews, type Watched } from './member-state.js';
import { ringPicture } from './ring-picture.js';
import { flightsView, hotKeysView, keyView } from './views.js';

export interface UiApiOptions {
  readonly core: CacheNode;
  /** How a member is asked, this one too. */
  readonly adminOf: (member: Member) => Admin;
  /** Throws a {@link CacheError} where the caller may not. */
  readonly admit: (request: IncomingMessage, access: Access, group: string) => void;
}

const DEFAULT_HOT_KEYS = 20;
const MAX_HOT_KEYS = 100;
const GROUP_NAME = 'the query must name a group, as in ?group=scores';

export class UiApi {
  readonly #options: UiApiOptions;
  readonly #watch: ClusterWatch;
  readonly #streams = new Set<EventStream>();
  #picture: RingPicture | undefined;

  constructor(options: UiApiOptions) {
    this.#options = options;
    this.#watch = new ClusterWatch({ ring: () => options.core.peers.view(), adminOf: options.adminOf });
  }

  /** @throws {CacheError} what the caller is to be told. */
  async answer(
    name: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    switch (name) {
      case 'session':
        return sendJson(response, this.#session(request));
      case 'events':
        return this.#events(request, response);
      case 'inspect':
        return sendJson(response, await this.#inspect(request, query));
      case 'hot-keys':
        return sendJson(response, await this.#hotKeys(request, query));
      case 'flights':
        this.#options.admit(request, 'admin', '');
        return sendJson(response, await flightsView(this.#asking()));
      default:
        throw new CacheError('invalid_argument', 'the page asks nothing of this name');
    }
  }

  ringChanged(): void {
    if (this.#streams.size === 0) return;
    const picture = this.#ringPicture();
    for (const stream of this.#streams) stream.send('ring', picture);
    this.#watch.ringChanged();
  }

  /** Ends every stream; pages that ask for one from now on are told that this node leaves. */
  close(): void {
    this.#watch.close();
    for (const stream of this.#streams) stream.end();
  }

  #session(request: IncomingMessage): Session {
    const { core, admit } = this.#options;
    admit(request, 'read', '');
    const may = (access: Access, group: string) => hasRole(() => admit(request, access, group));
    const groups = [...core.groups.keys()].map((name) => {
      return { name, read: may('read', name), write: may('write', name), clear: may('admin', name) };
    });
    return { self: core.peers.self.id, admin: may('admin', ''), groups };
  }

  /** Rings and states of members for whoever may read; for the role admin reports as well. */
  #events(request: IncomingMessage, response: ServerResponse): void {
    const { admit } = this.#options;
    admit(request, 'read', '');
    const reports = isAdmitted(() => admit(request, 'admin', ''));
    const stop = this.#watch.listen((watched) => send(watched)); // first: it may refuse, which is to be told
    const stream = new EventStream(response, {
      mayGoOn: () => hasRole(() => admit(request, reports ? 'admin' : 'read', '')),
      onEnd: () => {
        stop();
        this.#streams.delete(stream);
      },
    });
    const send = (watched: readonly Watched[]) =>
      stream.send('cluster', { at: Date.now(), reports, members: memberViews(watched, reports) });
    this.#streams.add(stream);
    stream.send('ring', this.#ringPicture());
    send(this.#watch.latest());
  }

  async #inspect(request: IncomingMessage, query: URLSearchParams) {
    const group = query.get('group');
    const key = query.get('key');
    if (group === null) throw new CacheError('invalid_argument', GROUP_NAME);
    if (key === null) throw new CacheError('invalid_argument', 'the query must have a key, as in ?key=Tom');
    this.#options.admit(request, 'read', group);
    return keyView(this.#asking(), group, key);
  }

  async #hotKeys(request: IncomingMessage, query: URLSearchParams) {
    const group = query.get('group');
    if (group === null) throw new CacheError('invalid_argument', GROUP_NAME);
    this.#options.admit(request, 'admin', group);
    const limit = Number(query.get('limit') ?? DEFAULT_HOT_KEYS);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_HOT_KEYS) {
      throw new CacheError('invalid_argument', `limit must be a whole number from 1 to ${MAX_HOT_KEYS}`);
    }
    return hotKeysView(this.#asking(), group, limit);
  }

  #asking() {
    const { core, adminOf } = this.#options;
    return { members: core.peers.ring.members, adminOf };
  }

  #ringPicture(): RingPicture {
    const { peers } = this.#options.core;
    const view = peers.view();
    if (this.#picture?.view.fingerprint !== view.fingerprint) this.#picture = ringPicture(peers.ring, view);
    else if (this.#picture.view.stale !== view.stale) this.#picture = { ...this.#picture, view };
    return this.#picture;
  }
}

/** What a door refuses for any reason is not shown; whoever asks for the thing itself is told why. */
function isAdmitted(admit: () => void): boolean {
  return refusalOf(admit) === undefined;
}

/** For what has been admitted before, or only shows a button: a limit of rate or load says nothing of the role. */
function hasRole(admit: () => void): boolean {
  const refusal = refusalOf(admit);
  return refusal === undefined || refusal === 'overloaded';
}

function refusalOf(admit: () => void): ErrorCode | undefined {
  try {
    admit();
    return undefined;
  } catch (error) {
    return CacheError.from(error).code;
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  const bytes = Buffer.from(JSON.stringify(value));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': bytes.byteLength,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}
