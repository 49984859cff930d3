// Operations as users issue them, each noted in the history with what came of it and when.

import { CacheError, type WriteResult } from '@ringcache/cache-core';

import { ms, told } from './checks.js';
import { padded } from './database.js';
import type { History, Write } from './history.js';
import {
  aftermathMs,
  CLOCK_MARGIN,
  DIRECTORY_FAULTS,
  type Entrance,
  FAULTS,
  type Fault,
  type GroupName,
  leastBytes,
  type Operation,
  ORIGIN_FAULTS,
} from './scenario.js';
import type { World } from './world.js';

const QUICK_MS = 300; // for an operation when all is well, beside what messages take
const ON_ITS_WAY_MS = 3_000; // a message takes 0.9 s at most, and its sender waits 2 s for an answer, by its own clock
const LATE_MS = 100; // a caller's end is checked to this: the clocks of nodes run apart

/** In which a member ends, and what it holds with it. */
const ENDING_FAULTS: readonly Fault['fault'][] = ['crash', 'leave', 'twin', 'stranger'];

/** All in which a member may end, or be taken for one that has, or cannot be told: then a group without an origin may lose keys. */
const LOSING_FAULTS: readonly Fault['fault'][] = FAULTS.filter(
  (fault) => !ORIGIN_FAULTS.includes(fault) && !DIRECTORY_FAULTS.includes(fault),
);

/** All but those of discovery: rings that disagree make nothing slow. */
const SLOWING_FAULTS: readonly Fault['fault'][] = [
  ...ORIGIN_FAULTS,
  'cut',
  'isolate',
  'cut-off',
  'crash',
  'leave',
  'twin',
  'stranger',
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
    const { scenario, history, clock } = this.#world;
    const at = this.#entrance(via);
    if (at === undefined) return; // the process is not there to be asked
    switch (op.kind) {
      case 'get':
        this.#read(op.group, op.key, at);
        return;
      case 'getMany': {
        const all = at.getMany(op.group, op.keys);
        for (const [i, key] of op.keys.entries()) this.#read(op.group, key, at, answerOf(all, i));
        return;
      }
      case 'set': {
        const value = padded(`${op.key}=${++this.#count}`, scenario.settings.valueBytes);
        this.#write({ group: 'kv', key: op.key, value }, at, () => at.set(op.key, Buffer.from(value)));
        return;
      }
      case 'delete':
        this.#write({ group: 'kv', key: op.key, value: undefined }, at, () => at.delete('kv', op.key));
        return;
      case 'deleteMany': {
        const all = at.deleteMany('kv', op.keys);
        for (const [i, key] of op.keys.entries())
          this.#write({ group: 'kv', key, value: undefined }, at, () => answerOf(all, i));
        return;
      }
      case 'update':
      case 'remove': {
        const change = this.#change(op.kind, op.key);
        this.#write(change, at, () => at.delete('db', op.key));
        return;
      }
      case 'update-all': {
        const changes = op.keys.map((key) => this.#change('update', key));
        const cleared = at.clear('db');
        const all: Change = { group: 'db', key: undefined, value: undefined };
        for (const change of [...changes, all]) this.#write(change, at, () => cleared);
        return;
      }
      case 'silent-update': {
        const finish = history.begin({
          ...this.#change('update', op.key),
          via: at.name,
          start: clock.now(),
          isSilent: true,
        });
        finish({ end: clock.now(), outcome: 'failed', boundAt: clock.now() + this.#maxAgeMs });
        return;
      }
      case 'resize':
        at.resize(op.group, op.maxBytes);
        return;
      case 'clear':
        this.#write({ group: op.group, key: undefined, value: undefined }, at, () => at.clear(op.group));
    }
  }

  #change(kind: 'update' | 'remove', key: string): Change {
    const { database } = this.#world;
    const version = database[kind](key);
    return { group: 'db', key, value: `${key}:${version}`, isAbsent: kind === 'remove' };
  }

  /** How old a value can get that nobody was told to drop: its life, and what is allowed after it. */
  get #maxAgeMs(): number {
    const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, negativeTtlMs, flightTimeoutMs } =
      this.#world.scenario.settings;
    if (ttlMs === 0) return Number.POSITIVE_INFINITY;
    const graceMs = Math.max(staleWhileRevalidateMs, staleIfErrorMs);
    return (Math.max(ttlMs, negativeTtlMs) + graceMs + 2 * flightTimeoutMs) * CLOCK_MARGIN + LATE_MS;
  }

  /** For an operation when all is well: to the owner and from there to others and back, and once more after a change of view. */
  get #quickMs(): number {
    return QUICK_MS + 8 * this.#world.scenario.latencyMs[1];
  }

  get #aftermathMs(): number {
    return aftermathMs(this.#world.scenario.settings);
  }

  /** What users give: more than a flight, and the next one. */
  get #timeoutMs(): number {
    return 2 * this.#world.scenario.settings.flightTimeoutMs + 1_000;
  }

  /** A load begins at a node, where loads of the key that began at the given times are in flight. */
  loadBegun(node: string, key: string, open: readonly number[]): void {
    const { history, clock } = this.#world;
    for (const since of open) {
      // A write lets those who come after it begin a load of their own.
      const written = history.writes.some(
        (write) =>
          write.group === 'db' &&
          !write.isSilent &&
          (write.key === undefined || write.key === key) &&
          (write.outcome !== 'all' || write.end >= since) &&
          write.start <= clock.now(),
      );
      if (!written)
        this.#world.violated('one load a key', `${node} loads ${key}, and has since ${since.toFixed(1)} ms`);
    }
  }

  /** As whoever updates a database does: what was not acknowledged by all, or not even told, is told again. */
  deleteAll(): void {
    const { database, scenario } = this.#world;
    const at = this.#entrance({ node: 0 })!;
    for (const key of scenario.keys) {
      const isAbsent = database.value(key) === undefined;
      const change: Change = { group: 'db', key, value: `${key}:${database.version(key)}`, isAbsent };
      this.#write(change, at, () => at.delete('db', key));
    }
  }

  /** Gets and writes that have not ended by their deadline. */
  checkEnded(): void {
    for (const { what, dueAt, start, at } of this.#open.values()) {
      if (dueAt < this.#world.clock.now() && at.ranSince(start))
        this.#world.violated('an operation ends', `${what}, due at ${dueAt.toFixed(1)} ms, has not`);
    }
  }

  /** The history with the bounds of partial writes: none where a member ended or stood still, which could tell nobody. */
  settledHistory(): History {
    const { history, disturbances } = this.#world;
    for (const { index, staleForMs } of this.#bounds) {
      const write = history.writes[index]!;
      const boundAt = write.end + staleForMs * CLOCK_MARGIN + LATE_MS;
      const isDisturbed = disturbances.some((at) => at >= write.start - 2_000 && at <= boundAt);
      if (staleForMs < Number.MAX_SAFE_INTEGER && !isDisturbed) history.writes[index] = { ...write, boundAt };
    }
    return history;
  }

  #read(group: GroupName, key: string, at: At, given?: Promise<Found | undefined>): void {
    const { clock, history } = this.#world;
    const start = clock.now();
    const ended = this.#opened(`get ${group}/${key}`, at, start);
    const note = (value: string | undefined) => {
      const read = { group, key, via: at.name, start, end: clock.now(), value };
      history.reads.push(read);
      if (value === undefined && group === 'kv') this.#checkMissing(key, start, at);
    };
    history.counts.gets++;
    (given ?? at.get(group, key)).then(
      (answer) => {
        if (answer === undefined)
          this.#world.violated('a get gives an answer', `${at.name} got none for ${group}/${key}`);
        const value = Buffer.from(answer?.value ?? []).toString();
        note(value);
        ended(`${told(value)} from ${answer?.source} of ${answer?.servedBy}`);
      },
      (error: unknown) => {
        const { code } = CacheError.from(error);
        if (code === 'not_found') note(undefined);
        else this.#failed(group, key, code, start, at);
        ended(code);
      },
    );
  }

  /** Begins an operation, which has to end in time, and soon where nothing near it is at fault. Returns how to note its end. */
  #opened(what: string, at: At, start: number): (told: string) => void {
    const { clock } = this.#world;
    const id = ++this.#count;
    const dueAt = start + this.#timeoutMs * CLOCK_MARGIN + LATE_MS;
    const name = `${at.name} ${what} of ${start.toFixed(1)} ms`;
    this.#open.set(id, { what: name, start, dueAt, at });
    return (outcome) => {
      this.#open.delete(id);
      const tookMs = clock.now() - start;
      const isSlow = tookMs > this.#quickMs && at.isNode && at.ranSince(start);
      if (isSlow && !this.#world.faults.since(SLOWING_FAULTS, start - this.#aftermathMs))
        this.#world.violated('an operation is quick', `${name} took ${ms(tookMs)}, with nothing near it at fault`);
      if (clock.now() > dueAt && at.ranSince(start))
        this.#world.violated('an operation ends', `${name} ended late, at ${ms(clock.now())}`);
      this.#world.tell(`${at.name} ${what} (of ${start.toFixed(1)}) → ${outcome}`);
    };
  }

  /** A key that was set, and is not there, though nothing was at fault since long before that. */
  #checkMissing(key: string, start: number, at: At): void {
    const { history, clock, faults, scenario } = this.#world;
    const { kvTtlMs, valueBytes } = scenario.settings;
    const mayBeFull = scenario.keys.length * (valueBytes + 500) > leastBytes(scenario) / 10;
    const ofKey = history.writes.filter(
      (write) => write.group === 'kv' && (write.key === undefined || write.key === key),
    );
    const set = ofKey.findLast((write) => write.value !== undefined && write.outcome === 'all' && write.end < start);
    if (set === undefined || mayBeFull || faults.since(ENDING_FAULTS, set.start - this.#aftermathMs)) return;
    if (this.#world.ringChangedSince(set.start)) return; // what nobody asked for in time was not handed over
    const mayBeGone = ofKey.some(
      (write) => write.value === undefined && this.#lastSeenAt(write) >= set.start && write.start <= clock.now(),
    );
    const hasExpired = kvTtlMs > 0 && clock.now() - set.start > (kvTtlMs * 0.9) / CLOCK_MARGIN;
    if (mayBeGone || hasExpired) return;
    const what = `${at.name} finds nothing under kv/${key}, which was set by ${set.via} at ${ms(set.end)}`;
    this.#world.violated('what was set is there', `${what}, and no member has ended since, nor has the ring changed`);
  }

  /** When a write can arrive somewhere for the first time at the latest: one that not all acknowledged may be on its way. */
  #lastSeenAt({ start, end, outcome }: Write): number {
    if (outcome === 'all') return end;
    return Math.min(end, start + this.#timeoutMs * CLOCK_MARGIN) + ON_ITS_WAY_MS;
  }

  /** A node that runs gives every value that its origin would give, however it stands with the others. */
  #failed(group: GroupName, key: string, code: string, start: number, at: At): void {
    const { faults, history, scenario } = this.#world;
    history.counts.failedGets++;
    history.failures.push({ group, key, via: at.name, start });
    if (!at.isNode || !at.ranSince(start)) return;
    const isExcused =
      group === 'db'
        ? faults.since(ORIGIN_FAULTS, start - 2 * scenario.settings.flightTimeoutMs)
        : faults.since(LOSING_FAULTS, start - this.#aftermathMs);
    if (isExcused) return;
    this.#world.violated('a get succeeds', `${at.name} get ${group}/${key} of ${start.toFixed(1)} ms failed: ${code}`);
  }

  #write(change: Change, at: At, act: () => Promise<WriteResult>): void {
    const { clock, history } = this.#world;
    const { group, key, value, isAbsent } = change;
    const start = clock.now();
    const index = history.writes.length;
    const finish = history.begin({ group, key, via: at.name, value, start, isAbsent });
    const what = `${value === undefined ? 'delete' : 'write'} ${group}/${key ?? '*'} ${told(value)}`;
    this.#world.tell(`${at.name} ${what} (of ${start.toFixed(1)}) …`);
    const ended = this.#opened(what, at, start);
    act().then(
      (result) => {
        const end = clock.now();
        const boundAt = result.applied === 'all' ? end : Number.POSITIVE_INFINITY;
        if (result.applied === 'partial') this.#bounds.push({ index, staleForMs: result.staleForMs });
        finish({ end, outcome: result.applied, boundAt });
        ended(JSON.stringify(result));
      },
      (error: unknown) => {
        finish({ end: Number.POSITIVE_INFINITY, outcome: 'failed', boundAt: Number.POSITIVE_INFINITY });
        ended(`${CacheError.from(error).code}: ${CacheError.from(error).message}`);
      },
    );
  }

  #entrance(via: Entrance): At | undefined {
    const call = { timeoutMs: this.#timeoutMs };
    if ('client' in via) {
      const client = this.#world.clients[via.client]!;
      return {
        name: `client-${via.client}`,
        isNode: false,
        ranSince: () => true,
        get: (group, key) => client.get(group, key, call),
        getMany: (group, keys) => client.getMany(group, keys, call),
        set: (key, value) => client.set('kv', key, value, call),
        delete: (group, key) => client.delete(group, key, call),
        deleteMany: (group, keys) => client.deleteMany(group, keys, call),
        clear: (group) => client.clear(group, call),
        resize: () => {},
      };
    }
    const process = this.#world.processes[via.node];
    if (process?.peers === undefined || !process.clock.isRunning) return undefined;
    const inside = <T>(outcome: Promise<T>) => process.clock.inside(outcome);
    const group = (name: GroupName) => process.groups.get(name)!;
    return {
      name: process.member.id,
      isNode: true,
      ranSince: (start) => process.clock.ranSince(start),
      get: (name, key) => inside(group(name).get(key, call)),
      getMany: (name, keys) => inside(group(name).getMany(keys, call)),
      set: (key, value) => inside(group('kv').write({ op: 'set', key, value }, call)),
      delete: (name, key) => inside(group(name).write({ op: 'delete', key }, call)),
      deleteMany: (name, keys) => inside(group(name).deleteMany(keys, call)),
      clear: (name) => inside(group(name).clear(call)),
      resize: (name, maxBytes) => {
        if (!this.#world.scenario.hasBudget) group(name).resize({ maxBytes }); // what a budget gives is not set by hand
      },
    };
  }
}

type Change = Pick<Write, 'group' | 'key' | 'value' | 'isAbsent'>;
type Found = { value: Uint8Array; source: string; servedBy: string };

interface At {
  readonly name: string;
  readonly isNode: boolean;
  /** Neither ended nor stood still since then. */
  ranSince(start: number): boolean;
  get(group: GroupName, key: string): Promise<Found | undefined>;
  getMany(group: GroupName, keys: readonly string[]): Promise<(Found | CacheError)[]>;
  set(key: string, value: Uint8Array): Promise<WriteResult>;
  delete(group: GroupName, key: string): Promise<WriteResult>;
  deleteMany(group: GroupName, keys: readonly string[]): Promise<(WriteResult | CacheError)[]>;
  clear(group: GroupName): Promise<WriteResult>;
  resize(group: GroupName, maxBytes: number): void;
}

/** One of many answers, as if it had been asked for alone. */
async function answerOf<T>(all: Promise<(T | CacheError)[]>, i: number): Promise<T> {
  const answer = (await all)[i]!;
  if (answer instanceof CacheError) throw answer;
  return answer;
}
