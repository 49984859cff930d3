import { expect } from '@jest/globals';
import type { GroupOptions } from '@ringcache/cache-core';

import type { GrpcNodeClient } from '../connect.js';
import type { GrpcServerOptions } from '../server-options.js';
import { eventually, Gate, type Served, type Stage, text, WITHIN } from './stage.js';

const NAME = 'bystander';
const SLOW_KEY = `${NAME}-slow`;
const KEYS = 16;
const ROUNDS = 10; // answers by which it counts as working

/** A well-behaved client beside those that are not: a slow call of its is in flight, and it asks for quick ones all along. */
export class Bystander {
  readonly #client: GrpcNodeClient;
  readonly #gate: Gate;
  readonly #slow: Promise<string>;
  readonly #failure: Promise<unknown>;
  #rounds = 0;
  #stopped = false;

  /** @param gate holds up the answer of its slow call. */
  constructor(stage: Stage, address: string, gate: Gate) {
    this.#client = stage.connect(address);
    this.#gate = gate;
    stage.atEnd(() => this.#stop());
    this.#slow = this.#get(SLOW_KEY);
    this.#slow.catch(() => {}); // seen by noticedNothing
    this.#failure = this.#ask().catch((error: unknown) => error);
  }

  /** Resolves when it has been answered some times more: so have all turns of the event loop been had that this takes. */
  async works(): Promise<void> {
    const until = this.#rounds + ROUNDS;
    const failed = this.#failure.then((error) => Promise.reject(error ?? new Error('the bystander was stopped')));
    await Promise.race([eventually(() => expect(this.#rounds).toBeGreaterThanOrEqual(until)), failed]);
  }

  /** It is answered still, its slow call too, and on the stream that it had from the beginning. Ends it. */
  async noticedNothing(): Promise<void> {
    await this.works();
    this.#stop();
    expect(await this.#failure).toBeUndefined();
    this.#gate.open();
    expect(await this.#slow).toBe(SLOW_KEY);
    expect(this.#client.stats()).toMatchObject({ streams: 1, inFlight: 0 });
  }

  async #ask(): Promise<void> {
    for (; !this.#stopped; this.#rounds++) {
      const key = `${NAME}-${this.#rounds % KEYS}`;
      if ((await this.#get(key)) !== key) throw new Error(`a wrong answer for ${key}`);
    }
  }

  async #get(key: string): Promise<string> {
    return text((await this.#client.get('g', key, WITHIN)).value);
  }

  #stop(): void {
    this.#stopped = true;
  }
}

/** As {@link Stage.serve}, with a bystander at work. */
export async function serveBeside(
  stage: Stage,
  load: (key: string) => Promise<Uint8Array>,
  options: GrpcServerOptions = {},
  limits: Partial<GroupOptions> = {},
): Promise<Served & { bystander: Bystander }> {
  const gate = new Gate();
  const loadAll = async (key: string) => {
    if (key === SLOW_KEY) await gate.opened;
    return key.startsWith(NAME) ? Buffer.from(key) : load(key);
  };
  const served = await stage.serve(loadAll, options, { flightTimeoutMs: WITHIN.timeoutMs, ...limits });
  const bystander = new Bystander(stage, served.server.address, gate);
  await bystander.works();
  return { ...served, bystander };
}
