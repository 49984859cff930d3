// What an unmodified golang/groupcache server answered to the same requests (fixtures/wire-vectors.json) is what a Go client
// must get from this one; where the reference loses a key, this one does not, and says so here, case by case.

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { groupcachepb } from '@ringcache/proto';
import fc from 'fast-check';

import { decodeGetResponse, encodeGetResponse } from './groupcache-wire.js';
import { start, stopAll } from './testing/start.js';

interface Case {
  readonly section: string;
  readonly label: string;
  readonly method: string;
  readonly requestTarget: string;
  readonly keySeenByGetter: string | null;
  readonly status: number;
  readonly contentType: string;
  readonly bodyHex: string | null;
}

const { cases } = JSON.parse(readFileSync(new URL('./fixtures/wire-vectors.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const PROTOBUF = 'application/x-protobuf';
const BIG = 'x'.repeat(5_000);

/** The getter of the recorded server. */
async function getter(key: string): Promise<Buffer> {
  if (key === 'err') throw new Error('boom');
  if (key === 'empty') return Buffer.alloc(0);
  return Buffer.from(key === 'big' ? BIG : `OWNER:${key}`);
}

/** Where the reference redirects to another key, or takes a plus for one: the key that the client meant. */
const KEY_MEANT: Readonly<Record<string, string>> = {
  '/_groupcache/g/a+b': 'a b',
  '/_groupcache/g/x%2F%2Fy': 'x//y',
  '/_groupcache/g/..': '..',
  '/_groupcache/g/.': '.',
  '/_groupcache/g/a%2F..%2Fb': 'a/../b',
  '/_groupcache/g/%2Flead': '/lead',
};

const EMPTY_KEY = '/_groupcache/g/'; // no key of ours; a Go client loads by itself when it is refused

afterEach(stopAll);

const replayed = cases.filter((each) => each.requestTarget !== EMPTY_KEY);

test('the recording is the one that these tests were written for', () => {
  expect([cases.length, replayed.length]).toEqual([41, 39]);
});

describe.each([...new Set(replayed.map((each) => each.section))])('%s', (section) => {
  test.each(
    replayed.filter((each) => each.section === section).map((each) => [each.label, each.method, each] as const),
  )('%s, by %s, is answered as recorded', async (_, method, each) => {
    const seen: string[] = [];
    const { raw } = await start({
      groups: {
        g: (key) => {
          seen.push(key);
          return getter(key);
        },
      },
    });
    const reply = split(await raw(`${method} ${each.requestTarget} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
    const meant = KEY_MEANT[each.requestTarget];
    const key = meant ?? each.keySeenByGetter;
    expect(seen).toEqual(key === null ? [] : [key]);
    expect(reply.status).toBe(meant === undefined ? each.status : 200);
    expect(reply.contentType).toBe(meant === undefined ? each.contentType : PROTOBUF);
    const recorded = meant === undefined ? each.bodyHex : null; // the recording leaves out what is big
    const body = recorded ?? encodeGetResponse(await getter(key!)).toString('hex');
    expect(reply.body.toString('hex')).toBe(body);
  });
});

test('an empty key is refused in a line of text', async () => {
  const { ask } = await start();
  const reply = await ask(EMPTY_KEY);
  expect([reply.status, await reply.text()]).toEqual([400, 'key must not be empty\n']);
});

test('a group with a slash is found by its name, before the reference would take the slash for its end', async () => {
  const { ask } = await start({ groups: { 'g/x': () => Buffer.from('of g/x'), g: () => Buffer.from('of g') } });
  const reply = await ask('/_groupcache/g%2Fx/k');
  expect(decodeGetResponse(new Uint8Array(await reply.arrayBuffer()), PROTOBUF)).toEqual(Buffer.from('of g/x'));
});

test('a key that another member owns is loaded here all the same, over and over, and that member is not asked', async () => {
  let loads = 0;
  const { ask, node } = await start({
    groups: {
      g: () => {
        loads++;
        return Buffer.from('v');
      },
    },
  });
  node.peers.update([{ id: 'owner of all', grpc: '', http: '127.0.0.1:1', weight: 1 }]);
  for (let times = 0; times < 2; times++) expect((await ask('/_groupcache/g/k')).status).toBe(200);
  const { fetches, entries } = node.groups.get('g')!.stats();
  expect({ loads, fetches, entries }).toEqual({ loads: 2, fetches: 0, entries: 0 });
});

test('a key that the origin does not have is a 500, as a getter that failed', async () => {
  const { ask } = await start({ groups: { g: undefined } });
  const reply = await ask('/_groupcache/g/k');
  expect([reply.status, await reply.text()]).toEqual([500, 'no such key: "k"\n']);
});

test('every value is what the generated decoder reads', () => {
  const lengths = fc.constantFrom(0, 1, 127, 128, 16_383, 16_384, 2_097_152);
  fc.assert(
    fc.property(lengths, fc.nat(255), (length, byte) => {
      const value = Buffer.alloc(length, byte);
      const message = groupcachepb.GetResponse.decode(encodeGetResponse(value));
      expect(Buffer.compare(message.value!, value)).toBe(0);
      expect(Buffer.compare(decodeGetResponse(encodeGetResponse(value), PROTOBUF), value)).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('what is no GetResponse is not taken for one', () => {
  const refused = expect.objectContaining({ code: 'unavailable' });
  expect(() => decodeGetResponse(Buffer.from('<html>'), 'text/html')).toThrow(refused);
  expect(() => decodeGetResponse(Buffer.from('0a05ab', 'hex'), PROTOBUF)).toThrow(refused);
});

function split(reply: string): { status: number; contentType: string; body: Buffer } {
  const end = reply.indexOf('\r\n\r\n');
  const head = reply.slice(0, end);
  return {
    status: Number(head.slice(9, 12)),
    contentType: /content-type: (.*)/i.exec(head)![1]!,
    body: Buffer.from(reply.slice(end + 4), 'latin1'),
  };
}
