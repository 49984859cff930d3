import { cache, pipe } from '@ringcache/proto';

import { GROUP } from '../cluster/where.js';
import { keyOf } from '../keys.js';
import type { Layout } from './records.js';

const NO_BYTES = Buffer.alloc(0);
const TYPICAL_ID = 200; // two bytes, as with 128 to 16,383 in flight
const TYPICAL_VERSION = 50_000; // of a hundred thousand sets, counted by one member
const TYPICAL_MEMBER = '127.0.0.1:10000';

/** As long as messages of ours, taken from their .proto. */
export function layoutOf(valueBytes: number): Layout {
  const request: pipe.Request = {
    id: TYPICAL_ID,
    op: pipe.Op.GET,
    group: GROUP,
    key: keyOf(0),
    value: NO_BYTES,
    ttlMs: 0,
    timeoutMs: 0,
    requestId: '',
    version: 0,
    exchange: undefined,
    traceParent: '',
    traceState: '',
    keepOwned: false,
  };
  const answer: pipe.Response = {
    id: TYPICAL_ID,
    error: undefined,
    value: Buffer.alloc(valueBytes),
    version: TYPICAL_VERSION,
    ttlMs: 0,
    source: pipe.Source.MAIN,
    servedBy: TYPICAL_MEMBER,
    absent: false,
    missing: [],
    staleForMs: 0,
    exchange: undefined,
  };
  return {
    requestBytes: pipe.Requests.encode({ protocol: 0, requests: [request] }).finish().length,
    answerBytes: pipe.Responses.encode({ protocol: 0, ring: '', responses: [answer] }).finish().length,
    unaryRequestBytes: cache.GetRequest.encode({ group: GROUP, key: keyOf(0) }).finish().length,
    unaryAnswerBytes: cache.GetResponse.encode(answer).finish().length,
    valueBytes,
  };
}
