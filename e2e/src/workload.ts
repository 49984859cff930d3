// A load on the running system that knows what every answer may be, and counts what is not so.
//
// `echo`: values that never change. `scores`: an origin of our own, which is written first and then deleted from the cache, as
// a database is; each key has one writer, and its value is a number that only grows. A read that began after a write had been
// acknowledged by all must see it or a later one; after one that was acknowledged in part it may see an older value for as
// long as that said.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CacheError } from '@ringcache/cache-core';
import { type Client, createClient } from '@ringcache/client';
import type { Discovery } from '@ringcache/discovery';

import { report } from './report.js';

const READERS = 8;
const WRITERS = 2;
const ECHO_KEYS = 500;
const WRITTEN_KEYS = 40;
const PAUSE_MS = 5;
const TIMEOUT_MS = 5_000;
const MAX_EXAMPLES = 5;

export interface Tally {
  gets: number;
  writes: number;
  /** Writes that every member has acknowledged; that some have; that failed. */
  acknowledged: number;
  partial: number;
  failedWrites: number;
  /** Answers that no key ever had, or not yet. */
  wrong: number;
  /** Gets that ended with an error. */
  failed: number;
  /** Answers older than a write that had been acknowledged before the get, beyond what was promised. */
  stale: number;
  slowestMs: number;
  /** The first few of what should not have been. */
  examples: string[];
}

/** A write, and from when on no get may see what was before it. */
interface Written {
  readonly value: number;
  boundAt: number;
}

/** What the writers' keys are, and were. */
class Database {
  readonly #values = new Map<string, number>();
  readonly #written = new Map<string, Written[]>();
  readonly #server: Server = createServer((request, response) => {
    const value = this.#values.get(decodeURIComponent(request.url!.slice(1)));
    response.writeHead(value === undefined ? 404 : 200).end(value === undefined ? '' : String(value));
  });

  async listen(): Promise<string> {
    for (let i = 0; i < WRITTEN_KEYS; i++) this.#values.set(`score-${i}`, 0);
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/{key}`;
  }

  write(key: string): Written {
    const written = { value: this.#values.get(key)! + 1, boundAt: Number.POSITIVE_INFINITY };
    this.#values.set(key, written.value);
    this.#written.set(key, [...(this.#written.get(key) ?? []).slice(-50), written]);
    return written;
  }

  latest(key: string): number {
    return this.#values.get(key)!;
  }

  /** The least that a get may see which begins at this time. */
  floor(key: string, at: number): number {
    const bound = (this.#written.get(key) ?? []).filter(({ boundAt }) => boundAt <= at);
    return Math.max(0, ...bound.map(({ value }) => value));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

export class Workload {
  readonly #database = new Database();
  readonly #discovery: Discovery;

  constructor(discovery: Discovery) {
    this.#discovery = discovery;
  }

  /** Groups that nodes have to have; to be called once. */
  async groups(): Promise<Record<string, object>> {
    const echo = new URL('./echo-origin.mjs', import.meta.url).pathname;
    return {
      echo: { origin: { type: 'module', path: echo } },
      written: { origin: { type: 'http', url: await this.#database.listen(), attempts: 1 }, hotAfterFetches: 1 },
    };
  }

  /** Reads and writes while `act` runs, and tells what came of it. */
  async during(scenario: string, act: () => Promise<void>): Promise<Tally> {
    const client = createClient({ discovery: this.#discovery, timeoutMs: TIMEOUT_MS });
    const tally: Tally = {
      ...{ gets: 0, writes: 0, acknowledged: 0, partial: 0, failedWrites: 0, wrong: 0, failed: 0, stale: 0 },
      ...{ slowestMs: 0, examples: [] },
    };
    let isOver = false;
    const go = async (step: (i: number) => Promise<void>, from: number) => {
      for (let i = from; !isOver; i++) {
        await step(i);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    };
    await client.ready(TIMEOUT_MS);
    const readers = Array.from({ length: READERS }, (_, n) => go((i) => this.#read(client, tally, i), n * 61));
    const writers = Array.from({ length: WRITERS }, (_, n) => go((i) => this.#write(client, tally, n, i), 0));
    try {
      await act();
    } finally {
      isOver = true;
      await Promise.all([...readers, ...writers]);
      await client.close();
    }
    const { examples: _, ...counts } = tally;
    await report({ scenario, ...counts, slowestMs: Math.round(counts.slowestMs) });
    return tally;
  }

  close(): void {
    this.#database.close();
  }

  async #read(client: Client, tally: Tally, i: number): Promise<void> {
    const isWritten = i % 2 === 0;
    const key = isWritten ? `score-${(i * 7) % WRITTEN_KEYS}` : `key-${(i * 7) % ECHO_KEYS}`;
    const startedAt = performance.now();
    const floor = isWritten ? this.#database.floor(key, startedAt) : 0;
    tally.gets++;
    try {
      const text = Buffer.from((await client.get(isWritten ? 'written' : 'echo', key)).value).toString();
      if (isWritten) this.#check(tally, key, Number(text), floor);
      else if (text !== `value of ${key}`) count(tally, 'wrong', `${key} is ${text}`);
    } catch (error) {
      const { code, message } = CacheError.from(error);
      count(tally, 'failed', `${key}: ${code} ${message}`);
    }
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt);
  }

  #check(tally: Tally, key: string, value: number, floor: number): void {
    if (!(value <= this.#database.latest(key))) count(tally, 'wrong', `${key} is ${value}`);
    else if (value < floor) count(tally, 'stale', `${key} is ${value}, and was ${floor} for all before`);
  }

  /** Each writer has keys of its own. */
  async #write(client: Client, tally: Tally, writer: number, i: number): Promise<void> {
    const key = `score-${(i % (WRITTEN_KEYS / WRITERS)) * WRITERS + writer}`;
    const written = this.#database.write(key);
    tally.writes++;
    try {
      const result = await client.delete('written', key);
      if (result.applied === 'all') tally.acknowledged++;
      else tally.partial++;
      written.boundAt = performance.now() + (result.applied === 'all' ? 0 : result.staleForMs);
    } catch {
      tally.failedWrites++; // may have happened, or not: nothing is promised
    }
  }
}

function count(tally: Tally, what: 'wrong' | 'failed' | 'stale', example: string): void {
  tally[what]++;
  if (tally.examples.length < MAX_EXAMPLES) tally.examples.push(`${what}: ${example}`);
}
