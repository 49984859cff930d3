// Messages of a pipe as a whole, which a pipe itself never has: it writes and reads them entry by entry.

import type { pipe } from '@ringcache/proto';

import {
  protocolOf,
  type ReceivedRequest,
  type ReceivedResponse,
  readRequests,
  readResponses,
} from '../pipe-decode.js';
import {
  requestBytes,
  responseBytes,
  writeRequest,
  writeRequestsHead,
  writeResponse,
  writeResponsesHead,
} from '../pipe-encode.js';
import { WireWriter } from '../wire-writer.js';

export function encodeRequests({ protocol, requests: all }: pipe.Requests): Buffer {
  const writer = new WireWriter(64);
  writeRequestsHead(writer, protocol);
  for (const each of all) {
    writer.reserve(requestBytes(each));
    writeRequest(writer, each);
  }
  return writer.finish();
}

export function encodeResponses({ protocol, ring, responses: all }: pipe.Responses): Buffer {
  const writer = new WireWriter(64);
  writeResponsesHead(writer, protocol, ring);
  for (const each of all) {
    writer.reserve(responseBytes(each));
    writeResponse(writer, each);
  }
  return writer.finish();
}

/** As the generated code would have it; every second request is kept, so that the next one gets an object of its own. */
export function decodeRequests(input: Buffer, maxEntries: number): pipe.Requests {
  const read: pipe.Requests = { protocol: protocolOf(input), requests: [] };
  readRequests(input, maxEntries, (received) => {
    read.requests.push(plainRequest(received));
    return received.id % 2 === 0;
  });
  return read;
}

function plainRequest(received: ReceivedRequest): pipe.Request {
  const { message: _, keyStart: __, keyEnd: ___, ...fields } = received;
  return { ...fields, key: received.key };
}

export function decodeResponses(input: Buffer, maxEntries: number): pipe.Responses {
  const read: pipe.Responses = { protocol: protocolOf(input), ring: '', responses: [] };
  read.ring = readResponses(input, maxEntries, (received) => read.responses.push(plainResponse(received)));
  return read;
}

function plainResponse(received: ReceivedResponse): pipe.Response {
  const { message: _, valueStart: __, valueEnd: ___, ...fields } = received;
  return { ...fields, value: Buffer.from(received.takeValue()) };
}
