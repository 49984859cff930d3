import { connect as connectTcp } from 'node:net';

import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { service as healthService } from 'grpc-health-check';

import { RawPipe } from './testing/raw-pipe.js';
import { eventually, failureOf, Gate, Stage, text, WITHIN } from './testing/stage.js';

const stage = new Stage();

function slowly() {
  const gate = new Gate();
  stage.atEnd(gate.open);
  const load = async (key: string) => {
    if (key.startsWith('slow')) await gate.opened;
    return Buffer.from(key);
  };
  return { gate, load };
}

/** Every status that the health service tells of, in order. */
function watchHealth(address: string): string[] {
  const { path, requestSerialize, responseDeserialize } = healthService.Watch!;
  const client = new Client(address, credentials.createInsecure());
  stage.atEnd(() => client.close());
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service: '' });
  stage.atEnd(() => stream.cancel());
  const told: string[] = [];
  stream.on('data', (message: { status: string }) => told.push(message.status)).on('error', () => {});
  return told;
}

/** Passes connections through to a server, and counts the pings (not the answers to them) of either side. */
async function pingCounter(port: number) {
  const PING = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0]); // the head of such a frame
  const pings = { ofClient: 0, ofServer: 0 };
  const { address } = await stage.listen((socket) => {
    const onward = connectTcp(port, '127.0.0.1').on('error', () => {});
    socket.pipe(onward).pipe(socket);
    socket.on('data', (bytes) => (pings.ofClient += bytes.includes(PING) ? 1 : 0));
    onward.on('data', (bytes) => (pings.ofServer += bytes.includes(PING) ? 1 : 0));
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  });
  return { address, pings };
}

describe('a draining server', () => {
  test('finishes what is in flight, refuses the rest as unanswered, and tells the health service', async () => {
    const { gate, load } = slowly();
    const { server } = await stage.serve(load);
    const [busy, idle] = [stage.dial(server.address), stage.dial(server.address)];
    const told = watchHealth(server.address);
    await eventually(() => expect(told).toEqual(['SERVING']));
    const slow = busy.fetch('g', 'slow', WITHIN);
    await Promise.all([busy.fetch('g', 'quick', WITHIN), idle.fetch('g', 'quick', WITHIN)]);

    let drained = false;
    const draining = server.drain().then(() => {
      drained = true;
    });
    const refused = [
      busy.fetch('g', 'k', WITHIN),
      idle.fetch('g', 'k', WITHIN),
      stage.dial(server.address).fetch('g', 'k', WITHIN),
    ];
    for (const call of refused.map(failureOf)) {
      expect(await call).toMatchObject({ code: 'unavailable', answered: false });
    }
    await eventually(() => expect(told).toEqual(['SERVING', 'NOT_SERVING']));
    expect(drained).toBe(false);
    gate.open();
    expect(text((await slow).value)).toBe('slow');
    await draining;
  });

  test('finishes what takes longer than many keepalives', async () => {
    const { gate, load } = slowly();
    const keepalive = { keepaliveTimeMs: 10, keepaliveTimeoutMs: 30_000 };
    const { server } = await stage.serve(load, { ...keepalive, drainTimeoutMs: 600_000 });
    const between = await pingCounter(server.port);
    const peer = stage.dial(between.address, keepalive);
    const slow = peer.fetch('g', 'slow', WITHIN);
    await peer.fetch('g', 'quick', WITHIN);
    const draining = server.drain();
    const before = { ...between.pings };
    await eventually(() => {
      expect(between.pings.ofClient).toBeGreaterThanOrEqual(before.ofClient + 10);
      expect(between.pings.ofServer).toBeGreaterThanOrEqual(before.ofServer + 10);
    });
    gate.open();
    expect(text((await slow).value)).toBe('slow');
    await draining;
  });

  test('with nothing in flight is done at once, and can be closed and drained again', async () => {
    const { load } = slowly();
    const { server } = await stage.serve(load);
    const peer = stage.dial(server.address);
    await peer.fetch('g', 'quick', WITHIN);
    await server.drain();
    await server.drain();
    await server.close();
    await server.close();
  });

  test('waits no longer than its limit', async () => {
    const { load } = slowly();
    const { server } = await stage.serve(load, { drainTimeoutMs: 50 });
    const peer = stage.dial(server.address);
    const slow = failureOf(peer.fetch('g', 'slow', WITHIN));
    await peer.fetch('g', 'quick', WITHIN);
    await server.drain();
    await server.close();
    expect(await slow).toMatchObject({ code: 'unavailable', answered: false });
  });

  test('ends the stream of a client that ends its own, after the last answer', async () => {
    const { gate, load } = slowly();
    const { server } = await stage.serve(load);
    const raw = new RawPipe(stage, server.address);
    raw.send({ id: 1, key: 'slow' });
    raw.stream.end();
    gate.open();
    expect(await raw.ended).toMatchObject({ code: 0 });
    expect(raw.responses.map((response) => text(response.value))).toEqual(['slow']);
  });
});

describe('closing a server', () => {
  test('does not wait for its limit with calls in flight, and they reject as unanswered', async () => {
    const { load } = slowly();
    const { server } = await stage.serve(load, { closeTimeoutMs: 3_600_000 }); // over the test's own limit
    const peer = stage.dial(server.address);
    const slow = failureOf(peer.fetch('g', 'slow', WITHIN));
    await peer.fetch('g', 'quick', WITHIN);
    await server.close();
    expect(await slow).toMatchObject({ code: 'unavailable', answered: false });
  });

  test('cuts those who would hold on to it', async () => {
    const { load } = slowly();
    const { server } = await stage.serve(load, { closeTimeoutMs: 50 });
    const told = watchHealth(server.address);
    await eventually(() => expect(told).toEqual(['SERVING']));
    await server.close();
  });
});
