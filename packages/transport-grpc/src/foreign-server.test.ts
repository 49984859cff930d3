// What a client may find at an address where it takes a member to be: web servers, proxies, and HTTP/2 of every kind.

import { createServer, type OutgoingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

import { expect, test } from '@jest/globals';

import { framed } from './testing/http2-pipe.js';
import { answerEntry, firstResponses } from './testing/pipe-bytes.js';
import { idsOf } from './testing/raw-server.js';
import { eventually, failureOf, Stage, WITHIN } from './testing/stage.js';

const GRPC = { ':status': 200, 'content-type': 'application/grpc+proto' };
const PREFIX_BYTES = 5; // of a gRPC message
const REFUSED_STREAM = 7;

const stage = new Stage();

/** Does with its first stream what the test says, and with the others what a member would that holds an empty value. */
async function serveHttp2(first: (stream: ServerHttp2Stream) => void): Promise<string> {
  const server = createServer({ maxSendHeaderBlockLength: 10 * 1024 * 1024 });
  const sessions = new Set<ServerHttp2Session>();
  let streams = 0;
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    stream.on('error', () => {}); // of the other side's closing
    if (streams++ === 0) return first(stream);
    stream.respond(GRPC);
    stream.once('data', (bytes: Buffer) => {
      const answers = idsOf(bytes.subarray(PREFIX_BYTES)).map((id) => answerEntry(id));
      stream.write(framed(firstResponses(...answers)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stage.atEnd(async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

function respond(headers: OutgoingHttpHeaders, body = Buffer.alloc(0)): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond(headers);
    stream.end(body);
  };
}

/** As gRPC ends a call that has no answer. */
function end(headers: OutgoingHttpHeaders): (stream: ServerHttp2Stream) => void {
  return (stream) => stream.respond({ ...GRPC, ...headers }, { endStream: true });
}

/** With a message, after which the stream stays open. */
function say(some: Buffer, headers: OutgoingHttpHeaders = GRPC): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond(headers);
    stream.write(some);
  };
}

/** With early hints, of which there may be any number before the headers. */
function hint(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return;
  stream.additionalHeaders({ ':status': 103, link: 'y'.repeat(1_000) });
  setImmediate(() => hint(stream));
}

const manyHeaders = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`x-${i}`, 'y'.repeat(100)]));

test.each<[string, (stream: ServerHttp2Stream) => void, RegExp]>([
  ['a web page', respond({ ':status': 200 }, Buffer.from('<html>no</html>')), /larger than max/],
  ['404', respond({ ':status': 404 }), /HTTP status code 404/],
  ['503', respond({ ':status': 503 }), /HTTP status code 503/],
  ['headers and no status', respond(GRPC), /without gRPC status/],
  ['a status that is no number', end({ 'grpc-status': 'x' }), /NaN/],
  ['a reason that cannot be read', end({ 'grpc-status': 3, 'grpc-message': '%E0%A4%A' }), /%E0%A4%A/],
  ['metadata that cannot be read', end({ 'grpc-status': 3, 'x-bin': '!!*' }), /INVALID_ARGUMENT/],
  ['metadata without end', respond({ ...GRPC, ...manyHeaders }), /limit exceeded/],
  ['hints without end', hint, /no connection within 200 ms/],
  ['no word', () => {}, /no connection within 200 ms/],
  ['a message of 4 GiB', say(framed(Buffer.alloc(9), { length: 2 ** 32 - 1 })), /larger than max/],
  ['a message that is cut off', respond(GRPC, Buffer.from([0, 0, 0, 1])), /without gRPC status/],
  [
    'a message packed as nobody knows',
    say(framed(Buffer.alloc(9), { compressed: 1 }), { ...GRPC, 'grpc-encoding': 'zip' }),
    /./, // grpc-js 1.14 has nothing to say of it
  ],
  ['a reset', (stream) => stream.close(2), /RST_STREAM with code 2/],
  ['a refusal', (stream) => stream.close(REFUSED_STREAM), /refused/],
  ['a farewell', (stream) => stream.session!.goaway(11), /./],
  ['the end of the connection', (stream) => stream.session!.destroy(), /dropped/],
])('a server that answers with %s has calls fail unanswered, and the next is answered', async (_, bad, reason) => {
  const peer = stage.dial(await serveHttp2(bad), { connectTimeoutMs: 200 });
  const error = await failureOf(peer.fetch('g', 'k', WITHIN));
  expect(error).toMatchObject({ code: 'unavailable', answered: false, message: expect.stringMatching(reason) });
  expect((await eventually(() => peer.fetch('g', 'k', WITHIN))).value).toHaveLength(0);
  expect(peer.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
});
