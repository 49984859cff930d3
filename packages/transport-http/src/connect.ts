import { CacheError, type Connect, type NodeClient, type RingView } from '@ringcache/cache-core';
import { checkTls } from '@ringcache/tls';
import { answerOf } from './answer-headers.js';
import { requestOf, writeResultOf } from './change.js';
import { HttpClient, type HttpClientOptions, MAX_JSON_BYTES } from './http-client.js';
import { isMember, parseObject } from './json.js';
import { clearPath, keyPath, MEMBERS_PATH } from './routes.js';

/** How a stranger reaches a node over HTTP. */
export function connectHttp(options: HttpClientOptions = {}): Connect {
  checkTls(options.tls);
  return (member): NodeClient => {
    const client = new HttpClient(member.http, options);
    const maxBytes = client.maxValueBytes;
    return {
      async get(group, key, call) {
        const request = { method: 'GET', path: keyPath(group, key), headers: [], maxBytes } as const;
        const { headers, body } = await client.call(request, call);
        return answerOf(headers, body);
      },
      async write(group, change, call) {
        const path = keyPath(group, change.key);
        const reply = await client.call({ ...requestOf(change, maxBytes), path, maxBytes: MAX_JSON_BYTES }, call);
        return writeResultOf(reply.body);
      },
      async clear(group, call) {
        const request = { method: 'POST', path: clearPath(group), headers: [], maxBytes: MAX_JSON_BYTES } as const;
        return writeResultOf((await client.call(request, call)).body);
      },
      async members(call) {
        const request = { method: 'GET', path: MEMBERS_PATH, headers: [], maxBytes: MAX_JSON_BYTES } as const;
        return ringViewOf((await client.call(request, call)).body);
      },
      close: () => client.close(),
    };
  };
}

/** @throws {CacheError} `unavailable`: the reply is none of a ringcache node's. */
function ringViewOf(body: Buffer): RingView {
  const { self, members, dialect, replicas, fingerprint, stale } = parseObject(body);
  const complete =
    [self, dialect, fingerprint].every((text) => typeof text === 'string') &&
    typeof replicas === 'number' &&
    typeof stale === 'boolean' &&
    Array.isArray(members) &&
    members.every(isMember);
  if (complete) return { self, members, dialect, replicas, fingerprint, stale } as RingView;
  throw new CacheError('unavailable', 'whoever answers there is no ringcache node: its reply tells of no ring');
}
