// What a side of a pipe keeps for another that does not read, as only the memory of its process can tell: measured in one that
// does nothing else, and bounded at half of what it would be without a limit, or less.

import { Metadata } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import type { GroupOptions } from '@ringcache/cache-core';

import { framed, Http2Pipe } from './testing/http2-pipe.js';
import { ENDLESS, SMALL } from './testing/memory-keys.js';
import { firstRequests, getEntry } from './testing/pipe-bytes.js';
import { RawPipe } from './testing/raw-pipe.js';
import { RawServer } from './testing/raw-server.js';
import { eventually, Stage, WITHIN } from './testing/stage.js';
import { MemoryProcess } from './testing/start-memory-process.js';
import { bytes } from './testing/wire-bytes.js';

const KIB = 1024;
const MIB = 1024 * KIB;

const stage = new Stage();

/** A server in a process of its own, and what it keeps more than now. */
async function serve(valueBytes: number, limits: Partial<GroupOptions> = {}) {
  const server = await MemoryProcess.start(stage, { role: 'server', valueBytes, limits });
  const other = stage.connect(server.address);
  const works = async () => {
    for (let times = 0; times < 10; times++) await other.get('g', SMALL, WITHIN);
  };
  await works();
  const before = await server.kept();
  /** Once it begins no more requests though there is time: others are answered meanwhile. */
  const still = async () => {
    for (let serves = 0; ; ) {
      await works();
      const now = await server.ask({ ask: 'serves' });
      if (now === serves && now > 0) return;
      serves = now;
    }
  };
  return { server, kept: async () => (await server.kept()) - before, still };
}

/** A client whose window is shut. */
function unreading(port: number): Http2Pipe {
  return new Http2Pipe(stage, port, { service: 'peer', settings: { initialWindowSize: 0 } });
}

describe('a client that reads nothing', () => {
  test('is forgotten when it goes', async () => {
    const { server, kept } = await serve(MIB);
    const gone = Array.from({ length: 4 }, () => unreading(server.port));
    for (const { stream } of gone) {
      for (let id = 1; id <= 100; id++) stream.write(framed(firstRequests(getEntry(id, 'k'))));
    }
    await eventually(async () => expect(await kept()).toBeGreaterThan(16 * MIB));
    for (const { session } of gone) session.destroy();
    await server.ask({ ask: 'drain' });
    expect(await kept()).toBeLessThan(8 * MIB);
  });

  // Of 256 MiB in answers to one message: those to come are bounded by their number alone, 16,384 of 4 MiB are 64 GiB; and a
  // value that is held is copied into each.
  test.each([
    ['loaded', 'heap'],
    ['loaded', 'slabs'],
    ['held', 'heap'],
    ['held', 'slabs'],
  ] as const)('has few bytes waiting for it, %s in %s', async (how, store) => {
    const { server, kept, still } = await serve(256 * KIB, { store, maxBytes: 4 * MIB });
    if (how === 'held') {
      const first = new RawPipe(stage, server.address);
      first.send({ id: 1, key: 'k' });
      await first.received(1);
    }
    const keys = Array.from({ length: 1_024 }, (_, i) => (how === 'held' ? 'k' : `k${i}`));
    unreading(server.port).send(framed(firstRequests(...keys.map((key, i) => getEntry(i, key)))));
    await still();
    expect(await kept()).toBeLessThan(96 * MIB);
  });
});

describe('a request in flight', () => {
  // A value is a view on its message, also where nobody will look at it.
  test.each([
    ['is not known', 15],
    ['it does not need', 5],
  ])('keeps nothing of its message that %s', async (_, field) => {
    const { server, kept } = await serve(1);
    const before = await server.ask({ ask: 'serves' });
    const raw = new RawPipe(stage, server.address, 'peer');
    for (let id = 1; id <= 16; id++) {
      raw.sendBytes(firstRequests(getEntry(id, ENDLESS, bytes(field, Buffer.alloc(4 * MIB)))));
      await eventually(async () => expect(await server.ask({ ask: 'serves' })).toBe(before + id));
    }
    expect(await kept()).toBeLessThan(24 * MIB); // of 64 that were sent
  });
});

test('a server that reads nothing leaves no requests behind with a client whose callers have gone', async () => {
  const { address } = await RawServer.listen(stage, (stream) => {
    stream.pause().sendMetadata(new Metadata());
  });
  const client = await MemoryProcess.start(stage, { role: 'client', address });
  const before = await client.kept();
  for (let round = 0; round < 24; round++) {
    expect(await client.ask({ ask: 'write', times: 16, bytes: MIB, timeoutMs: 20 })).toBe(16);
  }
  expect((await client.kept()) - before).toBeLessThan(128 * MIB); // of 384 in all: 16 may be in flight
});
