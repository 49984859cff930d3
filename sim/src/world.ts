// Runs a scenario: everything in it follows from the seed and the steps, so that a run can be had again, whole or in part.

import { CacheError, type GroupEvent, type Member } from '@ringcache/cache-core';
import { ManualClock, MemoryNetwork, ProcessClock, seededRandom } from '@ringcache/cache-core/testing';
import { Client, fromDiscovery } from '@ringcache/client';
import { type StaticDiscovery, staticDiscovery, storeDiscovery } from '@ringcache/discovery';
import { MemoryEtcd } from '@ringcache/discovery/testing';
import { checkHistory, ms, told, type Violation } from './checks.js';
import { Database } from './database.js';
import { Faults } from './faults.js';
import { History } from './history.js';
import { Lists } from './lists.js';
import { Operations } from './operations.js';
import { Process } from './process.js';
import { CLOCK_MARGIN, leastBytes, type Scenario, type Settings } from './scenario.js';

/** From the last fault's end until all rings are alike: a dead watch is noticed, a view that was lost is replaced. */
export function convergenceMs({ registrationMs }: Settings): number {
  return 30_000 + 6 * registrationMs * CLOCK_MARGIN;
}

/** At the start nobody is there, and each waits for whoever may be. */
const FOUND_MS = 4_000;
/** Of what grows, how much may be left once all is over. */
const MOST_IN_THE_END: readonly (readonly [name: string, most: (nodes: number) => number])[] = [
  ['loads', () => 0],
  ['fetches', () => 0],
  ['invalidations to resend', () => 0],
  ['members', (nodes) => 2 * nodes], // of the view, and of the one before
  ['connections', (nodes) => nodes],
];
const FLAGS_EVERY_MS = 250; // what is checked while it runs
const PAUSE_BETWEEN_LAST_READS_MS = 50;

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly story: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

export async function run(scenario: Scenario, { tells = false }: { tells?: boolean } = {}): Promise<Outcome> {
  const world = new World(scenario, tells);
  try {
    await world.play();
    return world.outcome();
  } finally {
    await world.end();
  }
}

export class World {
  readonly scenario: Scenario;
  readonly clock = new ManualClock();
  readonly random: () => number;
  readonly network: MemoryNetwork;
  readonly etcd: MemoryEtcd;
  readonly database: Database;
  readonly history = new History();
  readonly members: readonly Member[];
  readonly processes: (Process | undefined)[] = [];
  readonly clients: Client[] = [];
  readonly violations: Violation[] = [];
  readonly story: string[] = [];
  /** When members ended or stood still: what such a one wrote, and did not tell, nobody can tell for it. */
  readonly disturbances: number[] = [];
  /** Members and the requests of peers that they were asked. */
  readonly #served = new Set<string>();
  readonly #tells: boolean;
  readonly #operations: Operations;
  readonly faults: Faults;
  /** undefined: etcd says who the members are. */
  readonly lists: Lists | undefined;
  /** When a member was first seen in another view than before, the last time. */
  #ringChangedAt = 0;
  readonly #views = new Map<string, string>();
  /** When the first step could be taken. */
  begunAt = 0;
  /** Of each key, before the first fault. */
  readonly ownersBefore = new Map<string, string>();
  /** What each answer of etcd takes more, in ms. */
  etcdSlowMs = 0;
  readonly #clientClocks: ProcessClock[] = [];
  /** Processes beside the nodes: those that took an id, or an address, and of those the ones of another cluster. */
  readonly #others = new Set<Process>();
  readonly #strangers = new Set<Process>();
  #starts = 0;
  #isOver = false;

  constructor(scenario: Scenario, tells: boolean) {
    this.scenario = scenario;
    this.#tells = tells;
    this.random = seededRandom(scenario.seed + 0x5eed);
    this.network = new MemoryNetwork({ clock: this.clock, random: this.random });
    this.network.delayMs = [...scenario.latencyMs];
    this.etcd = new MemoryEtcd(this.clock);
    this.database = new Database(this.clock, this.random, scenario.settings.valueBytes);
    this.members = Array.from({ length: scenario.nodes }, (_, i): Member => {
      const id = `node-${i}`;
      return { id, grpc: `${id}:1`, http: '', weight: scenario.weights[i]! };
    });
    if (scenario.discovery !== 'etcd')
      this.lists = new Lists(this.members, this.clock, this.random, scenario.discovery);
    this.#operations = new Operations(this);
    this.faults = new Faults(this);
  }

  async play(): Promise<void> {
    for (let i = 0; i < this.scenario.nodes; i++) this.start(i);
    for (let i = 0; i < this.scenario.clients; i++) this.#startClient(i);
    await this.clock.advance(this.scenario.settings.registrationMs * CLOCK_MARGIN + FOUND_MS);
    this.begunAt = this.clock.now();
    let nextFlags = 0;
    for (const step of this.scenario.steps) {
      for (; nextFlags < step.at; nextFlags += FLAGS_EVERY_MS) {
        await this.clock.advance(this.begunAt + nextFlags - this.clock.now());
        this.#checkNow();
      }
      await this.clock.advance(this.begunAt + step.at - this.clock.now());
      if ('op' in step) {
        this.#operations.begin(step.op, step.via);
      } else {
        this.#noteOwners();
        this.faults.begin(step.what, step.forMs);
      }
    }
    await this.clock.advance(Math.max(0, this.begunAt + this.scenario.activeMs - this.clock.now()));
    this.faults.endAll();
    await this.clock.advance(convergenceMs(this.scenario.settings));
    this.#checkNow();
    this.#checkRings();
    this.#isOver = true;
    this.#operations.deleteAll();
    await this.clock.advance(this.#lastPauseMs);
    await this.#checkLastReads();
    this.#checkNothingLeft();
    this.violations.push(...checkHistory(this.#operations.settledHistory()));
  }

  #noteOwners(): void {
    if (this.ownersBefore.size > 0) return;
    const { ring } = this.processes[0]?.peers ?? {};
    if (ring === undefined) return;
    for (const key of this.scenario.keys) this.ownersBefore.set(key, ring.owner(key).id);
  }

  outcome(): Outcome {
    const { counts } = this.history;
    const { loads } = this.database;
    return {
      violations: [...this.violations].sort((a, b) => a.at - b.at),
      story: this.story,
      counts: { ...counts, loads, steps: this.scenario.steps.length, ...this.faults.counts },
    };
  }

  async end(): Promise<void> {
    for (const process of [...this.processes, ...this.#others]) process?.crash();
    for (const clock of this.#clientClocks) clock.kill();
  }

  /** One at a time under an id: two faults may both want to start a member again, as one that crashed while it left. */
  start(i: number): void {
    if (this.processes[i] !== undefined) return;
    this.lists?.add(i);
    this.processes[i] = this.#process(i, { member: this.members[i]! });
  }

  /** Starts another process under the id of a node. Returns how to end it. */
  startTwin(i: number): () => void {
    const member = this.members[i]!;
    return this.#startOther(this.#process(i, { member: { ...member, grpc: `${member.id}:${++this.#starts}` } }));
  }

  /** Starts a process of another cluster at the address of a node that is gone. It answers no clients: they name no cluster. */
  startStranger(i: number): () => void {
    const member = this.members[i]!;
    const stranger = this.#process(i, { member, cluster: 'other', list: staticDiscovery([member]) });
    this.#strangers.add(stranger);
    return this.#startOther(stranger);
  }

  #startOther(process: Process): () => void {
    this.#others.add(process);
    return () => {
      process.crash();
      this.#others.delete(process);
      this.#strangers.delete(process);
    };
  }

  #process(
    i: number,
    { member, cluster = 'sim', list }: { member: Member; cluster?: string; list?: StaticDiscovery },
  ): Process {
    const clock = new ProcessClock(this.clock, this.scenario.rates[i]!);
    return new Process({
      member,
      cluster,
      clock,
      network: this.network,
      etcd: this.etcd,
      random: this.random,
      etcdSlowMs: () => this.etcdSlowMs,
      scenario: this.scenario,
      list: list ?? this.lists?.of(i, clock),
      epoch: Math.floor(1e6 * this.random()), // the wall clock may have been set, either way
      load: this.database.loader(`${member.id} #${++this.#starts}`, (key, open) =>
        this.#operations.loadBegun(member.id, key, open),
      ),
      // Always, told or not: a request that is observed draws an id, and so the run would be another.
      observe: (event) => {
        this.#checkServes(member.id, event);
        const { step, group, key, ...more } = event;
        if (this.#tells) this.tell(`${member.id}   ${group}/${key} ${step} ${JSON.stringify(more)}`);
      },
      onFailed: (error) => this.violated('a member joins', `${member.id} does not: ${error.message}`),
      onError: (error) => this.#tells && this.tell(`${member.id} error: ${error.message}`),
    });
  }

  tell(line: string): void {
    if (this.#isOver && !this.#tells) return; // of the last reads only what is wrong with them is worth telling
    this.story.push(`${this.clock.now().toFixed(1).padStart(9)}  ${line}`);
  }

  violated(check: string, text: string): void {
    this.violations.push({ check, at: this.clock.now(), text });
    this.story.push(`!!! ${check}: ${text}`);
  }

  #startClient(i: number): void {
    const clock = new ProcessClock(this.clock, 1);
    this.#clientClocks.push(clock);
    const { registrationMs: ttlMs } = this.scenario.settings;
    const stored = { cluster: 'sim', ttlMs, clock, random: this.random };
    const discovery = this.lists?.ofClient(i, clock) ?? storeDiscovery(this.etcd.store(), stored);
    this.clients.push(
      new Client({
        source: fromDiscovery(discovery),
        connect: this.network.connect(`client-${i}`, (node) => {
          const isStranger = [...this.#strangers].some((each) => each.isNode(node));
          if (isStranger) throw new CacheError('unavailable', 'a process of another cluster');
        }),
        balancing: (['owner', 'round-robin', 'least-loaded'] as const)[i % 3]!,
        dialect: this.scenario.dialect,
        replicas: 16,
        clock,
        random: this.random,
      }),
    );
  }

  /** Whoever serves a peer asks no third member for the value: members whose rings disagree would ask in a circle. */
  #checkServes(id: string, { step, requestId, ...more }: GroupEvent): void {
    const name = `${id} ${requestId}`;
    if (step === 'received' && 'from' in more && more.from === 'peer') this.#served.add(name);
    if ((step === 'fetched' || step === 'fetch_failed') && this.#served.has(name)) {
      this.violated(
        'a serve asks nobody',
        `${id} was asked by a peer for ${more.group}/${more.key}, and asked another`,
      );
    }
  }

  /** Whether any member has gone by another ring since then. */
  ringChangedSince(at: number): boolean {
    this.#noteViews();
    return this.#ringChangedAt >= at - FLAGS_EVERY_MS;
  }

  #noteViews(): void {
    for (const process of this.processes) {
      const viewId = process?.peers?.viewId ?? '';
      const { id } = process?.member ?? { id: '' };
      if (id !== '' && this.#views.get(id) !== viewId) this.#ringChangedAt = this.clock.now();
      this.#views.set(id, viewId);
    }
  }

  get #lastPauseMs(): number {
    return PAUSE_BETWEEN_LAST_READS_MS + 8 * this.scenario.latencyMs[1];
  }

  #checkNow(): void {
    this.#noteViews();
    for (const process of this.processes) {
      for (const group of process?.groups.values() ?? []) {
        const { bytes, hotBytes, maxBytes } = group.stats();
        if (bytes + hotBytes > maxBytes) {
          this.violated(
            'memory',
            `${process!.member.id} holds ${bytes + hotBytes} bytes of ${group.name}; the limit is ${maxBytes}`,
          );
        }
      }
      for (const { name, size, limit } of process?.limits() ?? []) {
        if (size > limit)
          this.violated('limits', `${process!.member.id} has ${size} of ${name}; the limit is ${limit}`);
      }
    }
    for (const key of this.scenario.keys) {
      const owners = [...this.processes, ...this.#others].filter(
        (each) => each?.clock.isRunning && !this.#strangers.has(each) && each.peers?.actsAsOwner(key),
      );
      if (owners.length > 1) {
        const names = owners.map((each) => each!.member.id).join(' and ');
        this.violated('one owner', `${names} act as the owner of ${key}`);
      }
    }
  }

  #checkRings(): void {
    const wanted = idsOf(this.members);
    const after = ms(convergenceMs(this.scenario.settings));
    for (const process of this.processes) {
      const { peers, member } = process!;
      const ring = idsOf(peers?.ring.members ?? []);
      if (ring !== wanted)
        this.violated('rings agree', `${after} after the last fault ${member.id} sees the ring ${ring}, not ${wanted}`);
      else if (!peers!.mayAct || !peers!.isActive)
        this.violated('rings agree', `${after} after the last fault ${member.id} does not act in the ring`);
    }
  }

  /** Every node gives what is true, and from its own or the owner's memory: no member is left that cannot keep values. */
  async #checkLastReads(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const loadsBefore = this.database.loads;
      for (const key of this.scenario.keys) {
        for (let i = 0; i < this.scenario.nodes; i++)
          this.#operations.begin({ kind: 'get', group: 'db', key }, { node: i });
      }
      await this.clock.advance(this.#lastPauseMs);
      const loads = this.database.loads - loadsBefore;
      if (round === 2 && loads > 0 && this.#keepsAll)
        this.violated('members keep values', `${loads} loads for keys that were just read`);
    }
    for (const key of this.scenario.keys) {
      const truth = this.database.value(key);
      const last = this.history.reads
        .filter((read) => read.group === 'db' && read.key === key)
        .slice(-this.scenario.nodes);
      for (const { via, value } of last) {
        if (value === truth) continue;
        this.violated('the truth in the end', `${via} reads ${told(value)}; the database has ${told(truth)}`);
      }
    }
  }

  /** Whether a key that was just read need not be loaded again: nothing has expired, and there is room for all. */
  get #keepsAll(): boolean {
    const { scenario, database } = this;
    const { ttlMs, valueBytes } = scenario.settings;
    const hasRoom = scenario.keys.length * (valueBytes + 500) < leastBytes(scenario) / 10;
    return ttlMs === 0 && hasRoom && scenario.keys.every((key) => database.value(key) !== undefined);
  }

  #checkNothingLeft(): void {
    this.#operations.checkEnded();
    for (const process of this.processes) {
      for (const { name, size } of process!.limits()) {
        const most = MOST_IN_THE_END.find(([what]) => name.endsWith(what))?.[1](this.scenario.nodes) ?? size;
        if (size > most) this.violated('nothing is left', `${process!.member.id} still has ${size} of ${name}`);
      }
      for (const group of process!.groups.values()) {
        const { loads, fetches } = group.flights;
        if (loads + fetches > 0) {
          this.violated(
            'no flight is left',
            `${process!.member.id} has ${loads} loads and ${fetches} fetches of ${group.name}`,
          );
        }
      }
    }
  }
}

/** In one order, whoever lists them. */
function idsOf(members: readonly Member[]): string {
  return members
    .map(({ id }) => id)
    .sort()
    .join();
}
