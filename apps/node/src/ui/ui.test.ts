// The page's own calls on two real nodes, as a browser makes them and as it never would.

import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createDoor, type OpenDoor } from '@ringcache/access';
import { staticDiscovery } from '@ringcache/discovery';
import { freePorts } from '@ringcache/infra';
import { type ClusterState, type HotKeysView, type KeyView, pageFolder, type RingPicture } from '@ringcache/ui';
import { bytes, join, type Node } from 'ringcache';

import { answerWhileStarting, Ui } from './ui.js';

const ADMIN = 'an-admin-of-this-cluster';
const READER = 'a-reader-of-this-cluster';
const SCOPED = 'an-admin-of-scores-alone';
const PEER = 'what-members-show-each-other';

// biome-ignore lint/suspicious/noExplicitAny: the groups are asked by name alone
type AnyNode = Node<any>;

let nodes: AnyNode[] = [];
let uis: Ui[] = [];
let doors: OpenDoor[] = [];
let failed: string[] = [];

async function start(options: { tokens?: boolean; size?: number; load?: (key: string) => Promise<Uint8Array> } = {}) {
  const { tokens = false, size = 2, load = async (key) => new TextEncoder().encode(`value of ${key}`) } = options;
  const ports = await freePorts(2 * size);
  const members = Array.from({ length: size }, (_, i) => {
    const grpc = `127.0.0.1:${ports[2 * i]}`;
    return { id: grpc, grpc, http: `127.0.0.1:${ports[2 * i + 1]}`, weight: 1 };
  });
  for (const { grpc, http } of members) {
    const rules = [
      { token: ADMIN, role: 'admin' },
      { token: READER, role: 'read' },
      { token: SCOPED, role: 'admin', groups: ['scores'] },
    ] as const;
    const door = createDoor(tokens ? { tokens: rules, peerToken: PEER } : {});
    doors.push(door);
    let ui: Ui | undefined;
    const node: AnyNode = await join({
      groups: { scores: { codec: bytes, load }, notes: { codec: bytes } },
      grpc,
      http,
      discovery: staticDiscovery(members),
      door,
      peerToken: PEER,
      joinTimeoutMs: 1,
      onHttpRequest: (req, res) => (ui === undefined ? answerWhileStarting(req, res) : ui.answer(req, res)),
      onRing: () => ui?.ringChanged(),
      onWarning: () => {},
    });
    ui = new Ui({
      core: node.core,
      adminOf: (member) => node.adminOf(member),
      folder: pageFolder,
      door,
      onError: (error) => failed.push(error.message),
    });
    nodes.push(node);
    uis.push(ui);
  }
  while (!nodes.every((node) => node.isActing)) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  failed = [];
});

afterEach(async () => {
  for (const ui of uis) ui.close();
  await Promise.all(nodes.map((node) => node.leave({ together: nodes.map(({ member }) => member.id) })));
  for (const door of doors) door.close();
  nodes = [];
  uis = [];
  doors = [];
  expect(failed).toEqual([]);
});

interface Reply {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

/** With any header and path, which fetch() would not let us. */
function ask(path: string, options: { token?: string; headers?: Record<string, string>; method?: string } = {}) {
  const { token, method = 'GET' } = options;
  const headers = { ...options.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return new Promise<Reply>((resolve, reject) => {
    const [host, port] = nodes[0]!.member.http.split(':');
    const req = request({ host, port, path, method, headers }, async (res) => {
      let text = '';
      for await (const piece of res.setEncoding('utf8')) text += piece;
      resolve({ status: res.statusCode!, headers: res.headers, text });
    });
    req.on('error', reject).end();
  });
}

async function json<T>(path: string, token?: string): Promise<T> {
  const { status, text } = await ask(path, token === undefined ? {} : { token });
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text) as T;
}

/** The first events of a stream, until `isEnough`. */
interface StreamEvent {
  readonly kind: string;
  readonly data: unknown;
}

/** The latest state has every member's report: one that is busy may be too late for the first. */
function haveAllReported(found: readonly StreamEvent[]): boolean {
  const { kind, data } = found.at(-1) ?? {};
  return kind === 'cluster' && (data as ClusterState).members.every(({ report }) => report !== undefined);
}

/** Members that have just started take each other for silent until they have heard each other. */
function areAllLive(found: readonly StreamEvent[]): boolean {
  return haveAllReported(found) && (found.at(-1)!.data as ClusterState).members.every(({ state }) => state === 'live');
}

/** What a stream brings until that is enough. */
async function events(token: string | undefined, isEnough: (found: readonly StreamEvent[]) => boolean) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`http://${nodes[0]!.member.http}/ui/api/events`, { headers });
  const found: StreamEvent[] = [];
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; !isEnough(found); ) {
    const { done, value } = await reader.read();
    if (done) break;
    const blocks = (text + value).split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, kind, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (kind !== undefined) found.push({ kind, data: JSON.parse(data!) });
    }
  }
  await reader.cancel();
  return found;
}

test('the address without a slash leads to the page, behind a proxy with a prefix too', async () => {
  await start({ size: 1 });
  const { status, headers } = await ask('/ui');
  expect([status, headers.location]).toEqual([308, 'ui/']);
});

test.each(['POST', 'PUT', 'DELETE'])('%s is refused: the page changes keys where all others do', async (method) => {
  await start({ size: 1 });
  expect((await ask('/ui/api/session', { method })).status).toBe(405);
});

test('other paths are left to others', async () => {
  await start({ size: 1 });
  expect((await ask('/uix')).text).toContain('nothing is served at this path');
});

test('a stream begins with the ring and goes on with what every member reports', async () => {
  await start();
  const found = await events(undefined, areAllLive);
  const picture = found.find(({ kind }) => kind === 'ring')!.data as RingPicture;
  expect(picture.view.members).toHaveLength(2);
  const { members } = found.at(-1)!.data as ClusterState;
  expect(members.map(({ report }) => report!.groups.map(({ group }) => group))).toEqual([
    ['scores', 'notes'],
    ['scores', 'notes'],
  ]);
});

test('a key is told with its owner and what every member holds of it', async () => {
  await start();
  await nodes[0]!.groups.scores.get('Tom');
  await nodes[1]!.groups.scores.get('Tom');
  const view = await json<KeyView>('/ui/api/inspect?group=scores&key=Tom');
  const owner = nodes.find(({ member }) => member.id === view.owner.id)!;
  expect(owner.core.peers.owns('Tom')).toBe(true);
  const held = view.members.find(({ id }) => id === view.owner.id)!.held!;
  expect(held).toMatchObject({ in: 'main', absent: false, bytes: 12 });
  expect(Buffer.from(held.previewBase64, 'base64').toString()).toBe('value of Tom');
  expect(view.members).toHaveLength(2);
});

test('a member that is away is named, and the others answer all the same', async () => {
  await start();
  await nodes[1]!.leave();
  const view = await json<KeyView>('/ui/api/inspect?group=scores&key=Tom');
  const away = view.members.find(({ id }) => id === nodes[1]!.member.id)!;
  expect(away.held).toBeUndefined();
  expect(away.problem).toMatch(/^(cannot be reached|did not answer within 2 s)/);
});

test('keys that are asked for much are told, the most popular first', async () => {
  await start();
  for (let i = 0; i < 3_000; i++) await nodes[0]!.groups.scores.get(i % 3 === 0 ? `rare ${i}` : 'popular');
  const { keys, problems } = await json<HotKeysView>('/ui/api/hot-keys?group=scores&limit=3');
  expect(problems).toEqual([]);
  expect(keys[0]!.key).toBe('popular');
  expect(keys.length).toBeLessThanOrEqual(3);
});

test('what is being loaded is told with who waits for it', async () => {
  let finish!: (value: Uint8Array) => void;
  const value = new Promise<Uint8Array>((resolve) => {
    finish = resolve;
  });
  await start({ load: () => value });
  const got = nodes[0]!.groups.scores.get('slow');
  const { flights } = await json<{ flights: { key: string; kind: string }[] }>('/ui/api/flights');
  expect(flights.map(({ key }) => key)).toContain('slow');
  finish(new Uint8Array(1));
  await got;
});

test.each([
  ['inspect', 'the query must name a group'],
  ['inspect?group=scores', 'the query must have a key'],
  ['hot-keys', 'the query must name a group'],
  ['hot-keys?group=scores&limit=0', 'limit must be a whole number from 1 to 100'],
  ['hot-keys?group=scores&limit=1e9', 'limit must be a whole number from 1 to 100'],
  ['anything', 'the page asks nothing of this name'],
])('%s is refused with a line that says why', async (path, detail) => {
  await start({ size: 1 });
  const { status, text } = await ask(`/ui/api/${path}`);
  expect(status).toBe(400);
  expect(JSON.parse(text).detail).toContain(detail);
});

test('a node that leaves ends its streams, and tells pages that come', async () => {
  await start({ size: 1 });
  const stream = await fetch(`http://${nodes[0]!.member.http}/ui/api/events`);
  uis[0]!.close();
  expect(await stream.text()).toContain('event: ring');
  const { status, text } = await ask('/ui/api/events');
  expect([status, JSON.parse(text).detail]).toEqual([503, 'this node is leaving the ring']);
});

describe('with tokens', () => {
  test.each([
    ['session', undefined, 401],
    ['events', undefined, 401],
    ['inspect?group=scores&key=k', undefined, 401],
    ['session', 'a-token-that-nobody-has-', 401],
    ['hot-keys?group=scores', READER, 403],
    ['hot-keys?group=notes', SCOPED, 403],
    ['inspect?group=notes&key=k', SCOPED, 403],
    ['flights', READER, 403],
    ['flights', SCOPED, 403],
    ['flights', ADMIN, 200],
    ['hot-keys?group=scores', SCOPED, 200],
    ['inspect?group=scores&key=k', READER, 200],
  ])('%s with the token %s is answered with %i', async (path, token, status) => {
    await start({ tokens: true, size: 1 });
    expect((await ask(`/ui/api/${path}`, token === undefined ? {} : { token })).status).toBe(status);
  });

  test('a session says what its token allows', async () => {
    await start({ tokens: true, size: 1 });
    const nothing = { read: false, write: false, clear: false };
    expect(await json('/ui/api/session', READER)).toMatchObject({
      admin: false,
      groups: [
        { name: 'scores', ...nothing, read: true },
        { name: 'notes', ...nothing, read: true },
      ],
    });
    expect(await json('/ui/api/session', SCOPED)).toMatchObject({
      admin: false,
      groups: [
        { name: 'scores', read: true, write: true, clear: true },
        { name: 'notes', ...nothing },
      ],
    });
    expect(await json('/ui/api/session', ADMIN)).toMatchObject({ admin: true });
  });

  test('no report of any member goes to who is no admin', async () => {
    await start({ tokens: true });
    for (const [token, reports] of [
      [READER, false],
      [SCOPED, false],
      [ADMIN, true],
    ] as const) {
      const areTwo: typeof haveAllReported = (all) => all.filter(({ kind }) => kind === 'cluster').length === 2;
      const found = await events(token, reports ? haveAllReported : areTwo);
      const state = found.at(-1)!.data as ClusterState;
      expect(state.reports).toBe(reports);
      expect(state.members.every(({ report }) => (report !== undefined) === reports)).toBe(true);
    }
  });

  test('the page itself is for everybody, so that it can ask for a token', async () => {
    await start({ tokens: true, size: 1 });
    expect([200, 503]).toContain((await ask('/ui/')).status); // 503: it is not built where this test runs
  });
});

describe('without tokens', () => {
  test('a name that somebody else made up for this machine sees nothing', async () => {
    await start({ size: 1 });
    for (const path of ['session', 'events', 'flights', 'inspect?group=scores&key=k']) {
      const { status, text } = await ask(`/ui/api/${path}`, { headers: { host: 'evil.example:8081' } });
      expect(status).toBe(403);
      expect(JSON.parse(text).detail).toContain('evil.example');
    }
  });
});

test('a node that is starting says so', async () => {
  await start({ size: 1 });
  const written: unknown[] = [];
  const response = { writeHead: (status: number) => written.push(status), end: (text: string) => written.push(text) };
  expect(answerWhileStarting({ url: '/ui/' } as never, response as never)).toBe(true);
  expect(written).toEqual([503, 'this node is starting: try again in a moment\n']);
  expect(answerWhileStarting({ url: '/uix' } as never, response as never)).toBe(false);
});
