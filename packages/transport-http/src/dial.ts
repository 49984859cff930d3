import { checkKey, DEFAULT_CLUSTER, type Dial, type PeerClient, type ViewMember } from '@ringcache/cache-core';
import { checkTls } from '@ringcache/tls';
import { addresseeHeaders } from './addressee.js';
import { answerOf, entryOf, KEEP_OWNED_HEADER, VERSION_HEADER } from './answer-headers.js';
import { requestOf, writeResultOf } from './change.js';
import { exchangeBody, MAX_EXCHANGE_BYTES, replyIn } from './exchange.js';
import { HttpClient, type HttpClientOptions, MAX_JSON_BYTES } from './http-client.js';
import { EXCHANGE_PATH, peerPath } from './routes.js';

export interface HttpDialOptions extends HttpClientOptions {
  /** Members of one cluster take each other for members: a process of another one refuses what is asked. Default `default`. */
  cluster?: string | undefined;
}

/**
 * How members reach each other over HTTP. A call has a connection to itself: at most `maxSockets` are in flight. A process that
 * is not the member, whatever its address, is as if nobody was there.
 */
export function dialHttp({ cluster = DEFAULT_CLUSTER, ...options }: HttpDialOptions = {}): Dial {
  checkTls(options.tls);
  return (member: ViewMember): PeerClient => {
    const client = new HttpClient(member.http, options);
    const addressee = addresseeHeaders(cluster, member);
    const maxBytes = client.maxValueBytes;
    return {
      async fetch(group, key, call) {
        const request = { method: 'GET', path: peerPath('serve', group, key), headers: addressee, maxBytes } as const;
        const { headers, body } = await client.call(request, call);
        return answerOf(headers, body);
      },
      async peek(group, key, call) {
        const request = { method: 'GET', path: peerPath('peek', group, key), headers: addressee, maxBytes } as const;
        const { status, headers, body } = await client.call(request, call);
        return status === 204 ? undefined : entryOf(headers, body);
      },
      async write(group, change, call) {
        const path = peerPath('write', group, change.key);
        const { method, headers, body } = requestOf(change, maxBytes);
        const request = { method, path, headers: [...addressee, ...headers], body, maxBytes: MAX_JSON_BYTES };
        const reply = await client.call(request, call);
        return writeResultOf(reply.body);
      },
      async drop(group, { key, version, keepsOwned }, call) {
        const headers = [...addressee, VERSION_HEADER, String(version), KEEP_OWNED_HEADER, String(keepsOwned)];
        if (key !== undefined) checkKey(key); // an empty one would be every key
        const path = peerPath('drop', group, key ?? '');
        await client.call({ method: 'POST', path, headers, maxBytes: MAX_JSON_BYTES }, call);
      },
      async exchange(exchange, call) {
        const headers = [...addressee, 'Content-Type', 'application/json'];
        const body = exchangeBody(exchange);
        const request = { method: 'POST', path: EXCHANGE_PATH, headers, body, maxBytes: MAX_EXCHANGE_BYTES } as const;
        return replyIn((await client.call(request, call)).body);
      },
      close: () => client.close(),
    };
  };
}
