import { checkKey, type Dial, type Member, type PeerClient } from '@ringcache/cache-core';
import { checkTls } from '@ringcache/tls';
import { answerOf, entryOf, VERSION_HEADER } from './answer-headers.js';
import { requestOf, writeResultOf } from './change.js';
import { HttpClient, type HttpClientOptions, MAX_JSON_BYTES } from './http-client.js';
import { pledgeBody, pledgeOf } from './pledge.js';
import { PLEDGE_PATH, peerPath } from './routes.js';

/** How members reach each other over HTTP. A call has a connection to itself: at most `maxSockets` are in flight. */
export function dialHttp(options: HttpClientOptions = {}): Dial {
  checkTls(options.tls);
  return (member: Member): PeerClient => {
    const client = new HttpClient(member.http, options);
    const maxBytes = client.maxValueBytes;
    return {
      async fetch(group, key, call) {
        const request = { method: 'GET', path: peerPath('serve', group, key), headers: [], maxBytes } as const;
        const { headers, body } = await client.call(request, call);
        return answerOf(headers, body);
      },
      async peek(group, key, call) {
        const request = { method: 'GET', path: peerPath('peek', group, key), headers: [], maxBytes } as const;
        const { status, headers, body } = await client.call(request, call);
        return status === 204 ? undefined : entryOf(headers, body);
      },
      async write(group, change, call) {
        const path = peerPath('write', group, change.key);
        const reply = await client.call({ ...requestOf(change, maxBytes), path, maxBytes: MAX_JSON_BYTES }, call);
        return writeResultOf(reply.body);
      },
      async drop(group, key, version, call) {
        const headers = [VERSION_HEADER, String(version)];
        if (key !== undefined) checkKey(key); // an empty one would be every key
        const path = peerPath('drop', group, key ?? '');
        await client.call({ method: 'POST', path, headers, maxBytes: MAX_JSON_BYTES }, call);
      },
      async pledge(self, ring, call) {
        const headers = ['Content-Type', 'application/json'];
        const body = pledgeBody(self, ring);
        const request = { method: 'POST', path: PLEDGE_PATH, headers, body, maxBytes: MAX_JSON_BYTES } as const;
        return pledgeOf((await client.call(request, call)).body);
      },
      close: () => client.close(),
    };
  };
}
