// The page at /ui: its files for anybody, and what it asks for whom the door lets in.

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Admin,
  CacheError,
  type CacheNode,
  type Door,
  type Member,
  type OnError,
  refuseRemoteAdmin,
} from '@ringcache/cache-core';
import { callerOf, newRequestId, refuseForgery, sendFailure } from '@ringcache/transport-http';

import { PageFiles, sendText } from './page-files.js';
import { UiApi } from './ui-api.js';

export interface UiOptions {
  readonly core: CacheNode;
  /** How a member is asked, this one too. */
  readonly adminOf: (member: Member) => Admin;
  /** Where the built page is. */
  readonly folder: string;
  /** undefined: everybody on this machine may see everything. */
  readonly door: Door | undefined;
  readonly onError: OnError;
}

const PAGE = '/ui/';
const API = '/ui/api/';

export class Ui {
  readonly #files: PageFiles;
  readonly #api: UiApi;
  readonly #onError: OnError;

  constructor({ core, adminOf, folder, door, onError }: UiOptions) {
    this.#files = new PageFiles(folder);
    this.#onError = onError;
    this.#api = new UiApi({
      core,
      adminOf,
      admit: (request, access, group) => {
        refuseForgery(request, access, core);
        if (door === undefined && access === 'admin') refuseRemoteAdmin(callerOf(request));
        door?.admit(callerOf(request), access, group, 1);
        door?.leave(access, 1); // not for as long as a page listens: it is no key in work
      },
    });
  }

  /** @returns false: the request is not for the page. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    if (path === '/ui') {
      response.writeHead(308, { location: 'ui/', 'content-length': 0 }).end(); // relative, for proxies with a prefix
      return true;
    }
    if (!path.startsWith(PAGE)) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') sendText(response, 405, 'only GET, HEAD here\n');
    else void this.#answer(path, new URLSearchParams(query), request, response);
    return true;
  }

  /** To be called when this node's ring has changed. */
  ringChanged(): void {
    this.#api.ringChanged();
  }

  /** To be called when the node begins to leave: a page that listens would hold up its end. */
  close(): void {
    this.#api.close();
  }

  async #answer(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      if (path.startsWith(API)) await this.#api.answer(path.slice(API.length), query, request, response);
      else await this.#files.answer(path.slice(PAGE.length), request, response);
    } catch (error) {
      if (!(error instanceof CacheError)) this.#onError(CacheError.from(error));
      sendFailure(response, error, 'problem', newRequestId());
    }
  }
}

/** For the time until there is an {@link Ui}. @returns false: the request is not for the page. */
export function answerWhileStarting({ url = '' }: IncomingMessage, response: ServerResponse): boolean {
  if (!/^\/ui(?:[/?]|$)/.test(url)) return false;
  sendText(response, 503, 'this node is starting: try again in a moment\n');
  return true;
}
