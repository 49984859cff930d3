// Go groupcache processes as members of the ring. They answer a get and nothing else: what they hold cannot be seen, changed
// or dropped, so a write is always missing them, and what is copied from them ages out.

import { CacheError, type Dial, type PeerClient, type ViewMember } from '@ringcache/cache-core';
import { checkTls } from '@ringcache/tls';
import type { HttpReply } from './attempt.js';
import { decodeGetResponse } from './groupcache-wire.js';
import { HttpClient, type HttpClientOptions } from './http-client.js';
import { errorOfReply } from './problem.js';
import { groupcachePath } from './routes.js';

export interface GroupcacheDialOptions extends HttpClientOptions {
  /** Where the processes serve their pool, with a slash at both ends. Default `/_groupcache/`. */
  basePath?: string;
}

const PROTOBUF_ROOM = 64; // bytes of a GetResponse besides its value

/** A value from there has version 0, does not expire, and is said to come from `main`: the wire tells no more. */
export function dialGroupcache(options: GroupcacheDialOptions = {}): Dial {
  checkTls(options.tls);
  return (member: ViewMember): PeerClient => {
    const client = new HttpClient(member.http, options);
    return {
      async fetch(group, key, call) {
        const path = groupcachePath(group, key, options.basePath);
        const maxBytes = client.maxValueBytes + PROTOBUF_ROOM;
        const reply = await client.ask({ method: 'GET', path, headers: [], maxBytes }, call);
        if (reply.status !== 200) throw failureOf(reply);
        const value = decodeGetResponse(reply.body, reply.headers['content-type']);
        return { value, version: 0, ttlMs: Number.POSITIVE_INFINITY, source: 'main', servedBy: member.id };
      },
      peek: async () => undefined,
      write: () => Promise.reject(takesNoWrites()),
      drop: () => Promise.reject(takesNoWrites()),
      exchange: () => Promise.reject(knowsNoViews()),
      close: () => client.close(),
    };
  };
}

/** As an answer: that there is none says nothing about the process. */
function knowsNoViews(): CacheError {
  return new CacheError('unavailable', 'a golang/groupcache process exchanges no views', { answered: true });
}

function takesNoWrites(): CacheError {
  return new CacheError('unavailable', 'a golang/groupcache process takes no writes');
}

function failureOf({ status, headers, body }: HttpReply): CacheError {
  const text = body.toString('utf8');
  if (status === 404 && text.startsWith('no such group')) {
    return new CacheError('no_such_group', text.trim(), { answered: true });
  }
  // Go's mux redirects keys with `//`, `.` or `..` to other keys, whose values are not to be had for these.
  if (status >= 300 && status < 400) return new CacheError('unavailable', 'a Go mux cannot be asked for this key');
  if (status === 404) return new CacheError('unavailable', 'no groupcache is served at this path');
  return errorOfReply(status, headers['content-type'], body);
}
