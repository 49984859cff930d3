// One load or fetch in progress a key, shared by all who wait for it (Go's singleflight). What is added to the idea:
// a flight has a deadline of its own, which no caller's patience shortens; and a write fences it: what it brings goes to
// those who already wait, is stored nowhere, and whoever comes after the write begins a flight of their own.

import { setMaxListeners } from 'node:events';

import type { CallOptions, Clock } from './contracts.js';
import { CacheError } from './errors.js';
import type { LimitReport } from './limit-report.js';

/** Flights at a time; every one has callers that wait, so that more would be a flood. */
const MAX_FLIGHTS = 100_000;

export interface Flight {
  /** Aborted when the flight's deadline passes. */
  readonly signal: AbortSignal;
  /** True once a write has passed it, or its deadline has: its value must not be stored. */
  readonly fenced: boolean;
}

export interface FlightsOptions {
  clock: Clock;
  /** How long a flight may take, in ms. */
  timeoutMs: number;
  /** Hears of a flight that took too long, with what its waiters get. Default: nobody. */
  onDeadline?: ((key: string, error: CacheError) => void) | undefined;
}

export class Flights<T> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onDeadline: FlightsOptions['onDeadline'];
  readonly #flights = new Map<string, OpenFlight<T>>();
  #inFlight = 0; // those too that were fenced, or whose time is up while their loader goes on

  constructor(options: FlightsOptions) {
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    this.#onDeadline = options.onDeadline;
  }

  limits(name: string): LimitReport[] {
    return [{ name, size: this.#inFlight, limit: MAX_FLIGHTS }];
  }

  /** Flights that can be joined. */
  get size(): number {
    return this.#flights.size;
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Those, the oldest first, each with when it began by the clock, and how many callers have joined it, the first included. */
  *open(): Generator<{ readonly key: string; readonly begunAt: number; readonly callers: number }> {
    for (const [key, { begunAt, callers }] of this.#flights) yield { key, begunAt, callers };
  }

  /**
   * Joins the key's flight, or starts it, synchronously. Whoever starts it must have looked in the cache in the same turn,
   * and `start` must have stored the value when its promise resolves: then no key is loaded twice.
   * @param epoch a flight of another epoch is not joined, nor is any with 0: the next one is, which begins when that has ended.
   * @throws {CacheError} `deadline` when the flight takes too long; `overloaded`: there are {@link MAX_FLIGHTS}; what `start`
   * throws, to every waiter.
   */
  join(key: string, start: (flight: Flight) => Promise<T>, epoch = 1): Promise<T> {
    const open = this.#flights.get(key);
    if (open === undefined) return this.#begin(key, start, epoch);
    if (epoch !== 0 && open.epoch === epoch) {
      open.callers++;
      return open.promise;
    }
    open.next ??= open.promise.then(ignore, ignore).then(() => {
      return this.#flights.get(key)?.promise ?? this.#begin(key, start, epoch);
    });
    return open.next;
  }

  #begin(key: string, start: (flight: Flight) => Promise<T>, epoch: number): Promise<T> {
    if (this.#inFlight >= MAX_FLIGHTS)
      return Promise.reject(new CacheError('overloaded', `${MAX_FLIGHTS} keys are being loaded already`));
    const flight = new OpenFlight<T>(epoch, this.#clock.now());
    this.#flights.set(key, flight);
    this.#inFlight++;
    flight.promise = new Promise<T>((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        this.#end(key, flight);
        const late = new CacheError('deadline', `no answer within ${this.#timeoutMs} ms`);
        reject(late);
        flight.abort();
        this.#onDeadline?.(key, late);
      }, this.#timeoutMs);
      start(flight)
        .finally(() => {
          this.#inFlight--;
          timer.cancel();
          this.#end(key, flight);
        })
        .then(resolve, reject);
    });
    return flight.promise;
  }

  /** Keeps the key's flight from storing what it brings; later callers start another. */
  fence(key: string): void {
    const flight = this.#flights.get(key);
    if (flight === undefined) return;
    flight.fenced = true;
    this.#flights.delete(key);
  }

  /** {@link fence} for every key. */
  fenceAll(): void {
    for (const key of [...this.#flights.keys()]) this.fence(key);
  }

  #end(key: string, flight: OpenFlight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

class OpenFlight<T> implements Flight {
  readonly epoch: number;
  readonly begunAt: number;
  callers = 1;
  promise!: Promise<T>;
  /** The flight after this one, for those who must not share this one. */
  next: Promise<T> | undefined;
  fenced = false;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor(epoch: number, begunAt: number) {
    this.epoch = epoch;
    this.begunAt = begunAt;
  }

  // Made only when asked for: most loaders never look at it.
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.fenced = true;
    this.#aborted = true;
    this.#controller?.abort();
  }
}

function ignore(): void {} // how the flight before ended is its own callers' affair

/**
 * Waits for a flight as long as one caller's patience lasts: the flight goes on without it.
 * @throws {CacheError} `deadline` when the caller's time is up or its signal is aborted.
 */
export function waitFor<T>(flight: Promise<T>, options: CallOptions, clock: Clock): Promise<T> {
  const { signal, timeoutMs } = options;
  if (signal === undefined && timeoutMs === undefined) return flight;
  return new Promise<T>((resolve, reject) => {
    const gaveUp = () =>
      leave(() => reject(new CacheError('deadline', 'the caller gave up', { cause: signal?.reason })));
    const late = () => leave(() => reject(new CacheError('deadline', `no answer within the caller's ${timeoutMs} ms`)));
    const timer = timeoutMs === undefined ? undefined : clock.setTimeout(late, timeoutMs);
    const leave = (settle: () => void) => {
      timer?.cancel();
      signal?.removeEventListener('abort', gaveUp);
      settle();
    };
    flight.then(
      (value) => leave(() => resolve(value)),
      (error: unknown) => leave(() => reject(error)),
    );
    if (signal === undefined) return;
    if (signal.aborted) return gaveUp();
    setMaxListeners(0, signal); // many gets may share a signal: that is no leak, each takes its listener away again
    signal.addEventListener('abort', gaveUp, { once: true });
  });
}
