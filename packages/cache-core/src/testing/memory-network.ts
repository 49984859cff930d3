// Members in one process, and between them a network whose faults a test sets: delay, loss, partitions (one-way too) and
// members that are down. Values and views are copied on the way, as a real wire does, so that nobody can lean on sharing them, and
// a process refuses what is meant for another.

import type { Answer, CallOptions, Clock, Connect, Dial, Entry, NodeClient, PeerClient } from '../contracts.js';
import { CacheError } from '../errors.js';
import type { Group } from '../group.js';
import { exchangeReplyOf, exchangeRequestOf } from '../membership/decode.js';
import { keyOf, type ViewMember } from '../membership/view.js';
import { type CacheNode, groupOf } from '../node.js';

export interface MemoryNetworkOptions {
  clock: Clock;
  /** 0 ≤ x < 1, for loss and delay. */
  random: () => number;
}

/** How long a call without a timeout of its own waits for an answer that never comes, in ms. */
const CALL_TIMEOUT_MS = 10_000;

/** After so long TCP sends again at first; then it waits twice as long each time. */
const RETRANSMIT_MS = 200;

export class MemoryNetwork {
  /** One way, in ms; drawn for each message between the two. */
  delayMs: readonly [number, number] = [0, 0];
  /** Part of the messages that are lost, 0 to 1: they are sent again, as by TCP, and come late. */
  loss = 0;
  /** Calls sent, whatever became of them. */
  calls = 0;

  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #nodes = new Map<string, CacheNode>();
  readonly #cuts = new Set<string>();
  readonly #paused = new Map<string, (() => void)[]>();
  readonly #breaks = new Map<string, Set<() => void>>();

  constructor(options: MemoryNetworkOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Makes a node answer at an address. Returns what takes it down: calls to it are refused from then on. */
  serve(address: string, node: CacheNode): () => void {
    this.#nodes.set(address, node);
    return () => {
      if (this.#nodes.get(address) !== node) return;
      this.#nodes.delete(address);
      for (const end of this.#breaks.get(address) ?? []) end();
    };
  }

  /** Loses every message from one address to another, until {@link heal}. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  /** {@link cut} both ways. */
  partition(a: string, b: string): void {
    this.cut(a, b);
    this.cut(b, a);
  }

  /** Ends a {@link cut}. */
  mend(from: string, to: string): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  /** Ends all cuts. */
  heal(): void {
    this.#cuts.clear();
  }

  /** What arrives at the address waits, as at a process that is stopped. */
  pause(address: string): void {
    if (!this.#paused.has(address)) this.#paused.set(address, []);
  }

  /** Delivers what has waited, in its order. */
  resume(address: string): void {
    const waiting = this.#paused.get(address) ?? [];
    this.#paused.delete(address);
    for (const deliver of waiting) deliver();
  }

  /** For links: hands over a message that has come through. */
  arrive(at: string, deliver: () => void): void {
    const waiting = this.#paused.get(at);
    if (waiting === undefined) deliver();
    else waiting.push(deliver);
  }

  /** How a node of a cluster at an address reaches its peers. */
  dial(from: string, cluster = 'default'): Dial {
    return (member: ViewMember): PeerClient => {
      const meant = (node: CacheNode) => node.peers.checkAddressee(cluster, keyOf(member));
      const link = new Link(this, from, member.grpc, member.id, meant);
      return {
        fetch: (group, key, options) =>
          link.call(options, async (node) => copied(await groupOf(node, group).serve(key, remote(options)))),
        peek: (group, key, options) =>
          link.call(options, async (node) => copiedEntry(await groupOf(node, group).handOver(key, remote(options)))),
        write: (group, change, options) =>
          link.call(options, (node) => groupOf(node, group).own(change, remote(options))),
        drop: (group, invalidation, options) =>
          link.call(options, async (node) => groupOf(node, group).drop(invalidation, remote(options))),
        exchange: async (request, options) => {
          const sent = exchangeRequestOf(request);
          return link.call(options, async (node) => exchangeReplyOf(node.peers.answer(sent)));
        },
        close: async () => link.close(),
      };
    };
  }

  /** How a stranger reaches a node. @param checkNode throws for one that answers no strangers. */
  connect(from: string, checkNode: (node: CacheNode) => void = () => {}): Connect {
    return (member): NodeClient => {
      const link = new Link(this, from, member.grpc, member.grpc, checkNode);
      const ask = <T>(options: CallOptions, group: string, act: (group: Group) => Promise<T>) =>
        link.call(options, (node) => act(groupOf(node, group)));
      return {
        get: (group, key, options) => ask(options, group, async (at) => copied(await at.get(key, remote(options)))),
        write: (group, change, options) => ask(options, group, (at) => at.write(change, remote(options))),
        clear: (group, options) => ask(options, group, (at) => at.clear(remote(options))),
        members: (options) => link.call(options, async (node) => node.peers.view()),
        close: async () => link.close(),
      };
    };
  }

  /** For links: what a message from one address to another meets; undefined: it is lost. */
  transit(from: string, to: string): number | undefined {
    if (this.#cuts.has(`${from}>${to}`)) return undefined;
    const [least, most] = this.delayMs;
    let delayMs = least + (most - least) * this.#random();
    for (let againMs = RETRANSMIT_MS; this.loss > 0 && this.#random() < this.loss; againMs *= 2) delayMs += againMs;
    return delayMs;
  }

  nodeAt(address: string): CacheNode | undefined {
    return this.#nodes.get(address);
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** For links: calls back when the node at the address goes down; returns how to stop listening. */
  onDown(address: string, callback: () => void): () => void {
    const listeners = this.#breaks.get(address) ?? new Set();
    this.#breaks.set(address, listeners.add(callback));
    return () => listeners.delete(callback);
  }
}

/** One client's calls to one address. */
class Link {
  readonly #network: MemoryNetwork;
  readonly #from: string;
  readonly #to: string;
  readonly #name: string;
  readonly #checkNode: (node: CacheNode) => void;
  readonly #open = new Set<(error: CacheError) => void>();
  #closed = false;

  /** @param checkNode throws if a node is not the one that is meant: as if nobody was there. */
  constructor(
    network: MemoryNetwork,
    from: string,
    to: string,
    name: string,
    checkNode: (node: CacheNode) => void = () => {},
  ) {
    this.#network = network;
    this.#from = from;
    this.#to = to;
    this.#name = name;
    this.#checkNode = checkNode;
  }

  call<T>(options: CallOptions, act: (node: CacheNode) => Promise<T>): Promise<T> {
    this.#network.calls++;
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new CacheError('unavailable', 'the client is closed'));
      const finish = (settle: () => void) => {
        timer.cancel();
        stopListening();
        this.#open.delete(fail);
        options.signal?.removeEventListener('abort', gaveUp);
        settle();
      };
      const fail = (error: CacheError) => finish(() => reject(error));
      const gaveUp = () => fail(new CacheError('deadline', 'the caller gave up', { cause: options.signal?.reason }));
      const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
      const late = () => fail(new CacheError('deadline', `${this.#name} did not answer within ${timeoutMs} ms`));
      const timer = this.#network.clock.setTimeout(late, timeoutMs);
      const down = () => fail(new CacheError('unavailable', `${this.#name} went away`));
      const stopListening = this.#network.onDown(this.#to, down);
      this.#open.add(fail);
      if (options.signal?.aborted) return gaveUp();
      options.signal?.addEventListener('abort', gaveUp, { once: true });
      this.#send(this.#from, this.#to, () => {
        const node = this.#network.nodeAt(this.#to);
        if (node === undefined) return fail(new CacheError('unavailable', `${this.#name} refuses connections`));
        const answer = (settle: () => void) => this.#send(this.#to, this.#from, () => finish(settle));
        try {
          this.#checkNode(node);
        } catch (error) {
          return answer(() => reject(CacheError.from(error)));
        }
        invoke(() => act(node)).then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(asAnswer(error))),
        );
      });
    });
  }

  close(): void {
    this.#closed = true;
    for (const fail of [...this.#open]) fail(new CacheError('unavailable', 'the client was closed'));
  }

  #send(from: string, to: string, deliver: () => void): void {
    const delayMs = this.#network.transit(from, to);
    if (delayMs === undefined) return;
    const arrive = () => this.#network.arrive(to, deliver);
    if (delayMs === 0) queueMicrotask(arrive);
    else this.#network.clock.setTimeout(arrive, delayMs);
  }
}

async function invoke<T>(act: () => Promise<T>): Promise<T> {
  return act();
}

/** A signal does not cross a wire; the rest does. */
function remote(options: CallOptions): CallOptions {
  return { timeoutMs: options.timeoutMs, requestId: options.requestId, trace: options.trace };
}

function copied(answer: Answer): Answer {
  return { ...answer, value: new Uint8Array(answer.value) };
}

function copiedEntry(entry: Entry | undefined): Entry | undefined {
  if (entry === undefined) return undefined;
  const { value, version, ttlMs } = entry;
  return { value: new Uint8Array(value), version, ttlMs };
}

function asAnswer(error: unknown): CacheError {
  const { code, message } = CacheError.from(error);
  return new CacheError(code, message, { answered: true });
}
