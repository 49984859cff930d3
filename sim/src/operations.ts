// Operations as users issue them, each noted in the history with what came of it and when.

import { CacheError, type WriteResult } from '@ringcache/cache-core';

import type { History } from './history.js';
import { FLIGHT_MS } from './process.js';
import type { Entrance, Fault, GroupName, Operation } from './scenario.js';
import type { World } from './world.js';

const TIMEOUT_MS = 5_000; // that users give: more than a flight, and the next one
const QUICK_MS = 300; // for a get when all is well
const AFTERMATH_MS = 6_000; // of a fault that is over: for so long a dead member is in the ring, and a breaker open
const LATE_MS = 100; // a caller's end is checked to this: the clocks of nodes run apart

/** Bounds are counted by clocks that run up to a twentieth fast or slow, and messages are on their way meanwhile. */
const BOUND_MARGIN = 1.12;

const ORIGIN_FAULTS: readonly Fault['fault'][] = ['slow-origin', 'failing-origin', 'hanging-origin'];

/** All but those of discovery: rings that disagree make nothing slow. */
const SLOWING_FAULTS: readonly Fault['fault'][] = [
  ...ORIGIN_FAULTS,
  'cut',
  'isolate',
  'cut-off',
  'crash',
  'leave',
  'pause',
  'slow-network',
  'lossy-network',
];

export class Operations {
  readonly #world: World;
  readonly #open = new Map<number, { what: string; start: number; dueAt: number; at: At }>();
  readonly #bounds: { index: number; staleForMs: number }[] = [];
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  begin(op: Operation, via: Entrance): void {
    const at = this.#entrance(via);
    if (at === undefined) return; // the process is not there to be asked
    switch (op.kind) {
      case 'get':
        this.#read(op.group, op.key, at);
        return;
      case 'getMany':
        for (const key of op.keys) this.#read(op.group, key, at);
        return;
      case 'set': {
        const value = `${op.key}=${++this.#count}`;
        this.#write('kv', op.key, value, at, () => at.set(op.key, Buffer.from(value)));
        return;
      }
      case 'delete':
        this.#write('kv', op.key, undefined, at, () => at.delete('kv', op.key));
        return;
      case 'deleteMany':
        for (const key of op.keys) this.#write('kv', key, undefined, at, () => at.delete('kv', key));
        return;
      case 'update': {
        const version = this.#world.database.update(op.key);
        this.#write('db', op.key, `${op.key}:${version}`, at, () => at.delete('db', op.key));
        return;
      }
      case 'clear':
        this.#write(op.group, undefined, undefined, at, () => at.clear(op.group));
    }
  }

  /** A load begins at a node, where loads of the key that began at the given times are in flight. */
  loadBegun(node: string, key: string, open: readonly number[]): void {
    const { history, clock } = this.#world;
    for (const since of open) {
      // A write lets those who come after it begin a load of their own.
      const written = history.writes.some(
        (write) =>
          write.group === 'db' &&
          (write.key === undefined || write.key === key) &&
          (write.outcome !== 'all' || write.end >= since) &&
          write.start <= clock.now(),
      );
      if (!written)
        this.#world.violated('one load a key', `${node} loads ${key}, and has since ${since.toFixed(1)} ms`);
    }
  }

  /** As whoever updates a database does: where a delete was not acknowledged by all, it is made again. */
  repeatDeletes(): void {
    for (const key of this.#world.scenario.keys) {
      const last = this.#world.history.writes.filter((write) => write.group === 'db' && write.key === key).at(-1);
      if (last === undefined || last.outcome === 'all') continue;
      const at = this.#entrance({ node: 0 })!;
      this.#write('db', key, last.value, at, () => at.delete('db', key));
    }
  }

  /** Gets that have not ended by their deadline. */
  checkEnded(): void {
    for (const { what, dueAt, start, at } of this.#open.values()) {
      if (dueAt < this.#world.clock.now() && at.ranSince(start))
        this.#world.violated('a get ends', `${what}, due at ${dueAt.toFixed(1)} ms, has not`);
    }
  }

  /** The history with the bounds of partial writes: none where a member ended or stood still, which could tell nobody. */
  settledHistory(): History {
    const { history, disturbances } = this.#world;
    for (const { index, staleForMs } of this.#bounds) {
      const write = history.writes[index]!;
      const boundAt = write.end + staleForMs * BOUND_MARGIN + LATE_MS;
      const isDisturbed = disturbances.some((at) => at >= write.start - 2_000 && at <= boundAt);
      if (staleForMs < Number.MAX_SAFE_INTEGER && !isDisturbed) history.writes[index] = { ...write, boundAt };
    }
    return history;
  }

  #read(group: GroupName, key: string, at: At): void {
    const { clock, history } = this.#world;
    const start = clock.now();
    const id = ++this.#count;
    this.#open.set(id, {
      what: `${at.name} get ${group}/${key} of ${start.toFixed(1)} ms`,
      start,
      dueAt: start + TIMEOUT_MS * 1.1 + LATE_MS,
      at,
    });
    const ended = (told: string) => {
      const { dueAt, what } = this.#open.get(id)!;
      this.#open.delete(id);
      const isSlow = clock.now() > start + QUICK_MS && at.isNode && at.ranSince(start);
      if (isSlow && !this.#world.faults.since(SLOWING_FAULTS, start - AFTERMATH_MS))
        this.#world.violated(
          'a get is quick',
          `${what} took ${(clock.now() - start).toFixed(1)} ms, with nothing near it at fault`,
        );
      if (clock.now() > dueAt && at.ranSince(start))
        this.#world.violated('a get ends', `${what} ended late, at ${clock.now().toFixed(1)} ms`);
      this.#world.tell(`${at.name} get ${group}/${key} (of ${start.toFixed(1)}) → ${told}`);
    };
    const note = (value: string | undefined) =>
      history.reads.push({ group, key, via: at.name, start, end: clock.now(), value });
    history.counts.gets++;
    at.get(group, key).then(
      (answer) => {
        if (answer === undefined)
          this.#world.violated('a get gives an answer', `${at.name} got none for ${group}/${key}`);
        const value = Buffer.from(answer?.value ?? []).toString();
        note(value);
        ended(`${value} from ${answer?.source} of ${answer?.servedBy}`);
      },
      (error: unknown) => {
        const { code } = CacheError.from(error);
        if (code === 'not_found') note(undefined);
        else this.#failed(group, key, code, start, at);
        ended(code);
      },
    );
  }

  /** A node that runs gives every value that its origin would give, however it stands with the others. */
  #failed(group: GroupName, key: string, code: string, start: number, at: At): void {
    const { faults, history } = this.#world;
    history.counts.failedGets++;
    if (group !== 'db' || !at.isNode || !at.ranSince(start) || faults.since(ORIGIN_FAULTS, start - 2 * FLIGHT_MS))
      return;
    this.#world.violated('a get succeeds', `${at.name} get ${group}/${key} of ${start.toFixed(1)} ms failed: ${code}`);
  }

  #write(
    group: GroupName,
    key: string | undefined,
    value: string | undefined,
    at: At,
    act: () => Promise<WriteResult>,
  ): void {
    const { clock, history } = this.#world;
    const start = clock.now();
    const index = history.writes.length;
    const finish = history.begin({ group, key, via: at.name, value, start });
    const what = `${at.name} ${value === undefined ? 'delete' : 'write'} ${group}/${key ?? '*'} ${value ?? ''} (of ${start.toFixed(1)})`;
    this.#world.tell(`${what} …`);
    act().then(
      (result) => {
        const end = clock.now();
        const boundAt = result.applied === 'all' ? end : Number.POSITIVE_INFINITY;
        if (result.applied === 'partial') this.#bounds.push({ index, staleForMs: result.staleForMs });
        finish({ end, outcome: result.applied, boundAt });
        this.#world.tell(`${what} → ${JSON.stringify(result)}`);
      },
      (error: unknown) => {
        finish({ end: Number.POSITIVE_INFINITY, outcome: 'failed', boundAt: Number.POSITIVE_INFINITY });
        this.#world.tell(`${what} → ${CacheError.from(error).code}: ${CacheError.from(error).message}`);
      },
    );
  }

  #entrance(via: Entrance): At | undefined {
    if ('client' in via) {
      const client = this.#world.clients[via.client]!;
      const call = { timeoutMs: TIMEOUT_MS };
      return {
        name: `client-${via.client}`,
        isNode: false,
        ranSince: () => true,
        get: (group, key) => client.get(group, key, call),
        set: (key, value) => client.set('kv', key, value, call),
        delete: (group, key) => client.delete(group, key, call),
        clear: (group) => client.clear(group, call),
      };
    }
    const process = this.#world.processes[via.node];
    if (process === undefined || !process.clock.isRunning) return undefined;
    const inside = <T>(outcome: Promise<T>) => process.clock.inside(outcome);
    const group = (name: GroupName) => process.groups.get(name)!;
    return {
      name: process.member.id,
      isNode: true,
      ranSince: (start) => process.clock.ranSince(start),
      get: (name, key) => inside(group(name).get(key, { timeoutMs: TIMEOUT_MS })),
      set: (key, value) => inside(group('kv').write({ op: 'set', key, value })),
      delete: (name, key) => inside(group(name).write({ op: 'delete', key })),
      clear: (name) => inside(group(name).clear()),
    };
  }
}

interface At {
  readonly name: string;
  readonly isNode: boolean;
  /** Neither ended nor stood still since then. */
  ranSince(start: number): boolean;
  get(group: GroupName, key: string): Promise<{ value: Uint8Array; source: string; servedBy: string } | undefined>;
  set(key: string, value: Uint8Array): Promise<WriteResult>;
  delete(group: GroupName, key: string): Promise<WriteResult>;
  clear(group: GroupName): Promise<WriteResult>;
}
