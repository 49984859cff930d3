// Starts a node of ours with every key in it, and the floors' servers beside it.

import type { Servers } from '../cluster/servers.js';
import { startRingcache } from '../cluster/systems.js';
import { HOST } from '../cluster/where.js';
import { valueOfId } from '../cluster/workload.js';
import { keyOf } from '../keys.js';
import { MeasuringProcess } from '../measuring-process.js';
import type { Serve, Serving } from './floor-child.js';
import { headersOf } from './http.js';
import { connectPipe } from './ours.js';
import { type EndName, PATHS, type PathName, type TracedName } from './paths.js';
import type { Layout } from './records.js';
import type { Place } from './run-path.js';
import { startTracedNode, type TracedNode } from './traced-node.js';

export interface Places {
  readonly places: ReadonlyMap<EndName, Place>;
  /** Ends every process. */
  stop(): Promise<void>;
}

export interface PlacesOptions {
  readonly paths: readonly PathName[];
  readonly layout: Layout;
  readonly keys: number;
}

const TRACED: readonly TracedName[] = PATHS.traces.floors;
const CHILD = new URL('./floor-child.ts', import.meta.url);

/** @throws {Error} if one doesn't start; then all are stopped. */
export async function startPlaces({ paths, layout, keys }: PlacesOptions): Promise<Places> {
  const names = paths.flatMap((path) => (path === 'traces' ? [] : [...PATHS[path].floors]));
  const floors = names.map((floor) => [floor, new MeasuringProcess(CHILD)] as const);
  let node: Servers | undefined;
  const traced: TracedNode[] = [];
  const stop = async () => {
    await Promise.all([
      node?.stop(),
      ...traced.map((each) => each.stop()),
      ...floors.map(([, process]) => process.close()),
    ]);
  };
  try {
    node = await startRingcache(1);
    const [grpc, http] = node.ports[0]!;
    const pid = node.pids[0]!;
    const places = new Map<EndName, Place>([
      ['ringcache-unary', { port: grpc!, pid }],
      ['ringcache-pipe', { port: grpc!, pid }],
      ['ringcache-http', { port: http!, pid }],
    ]);
    await fill(`${HOST}:${grpc}`, keys, layout.valueBytes);
    const headers = await headersOf(`${HOST}:${http}`, keyOf(0));
    if (paths.includes('traces')) {
      // Each has a node to itself: the garbage of spans, and sending them, go on after a round.
      for (const name of TRACED) {
        const one = await startTracedNode();
        traced.push(one);
        const [port] = one.node.ports[0]!;
        await fill(`${HOST}:${port}`, keys, layout.valueBytes);
        places.set(name, { port: port!, pid: one.node.pids[0]! });
      }
    }
    for (const [floor, process] of floors) {
      const serve: Serve = { floor, keys, layout, headers };
      places.set(floor, await process.ask<Serving>(serve));
    }
    return { places, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fill(address: string, keys: number, valueBytes: number): Promise<void> {
  const { put, close } = connectPipe(address);
  try {
    await inBatches(keys, (id) => put(keyOf(id), valueOfId(id, valueBytes)));
  } finally {
    await close();
  }
}

const AT_A_TIME = 256;

async function inBatches(count: number, act: (i: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += AT_A_TIME) {
    const length = Math.min(AT_A_TIME, count - from);
    await Promise.all(Array.from({ length }, (_, i) => act(from + i)));
  }
}
