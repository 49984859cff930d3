// A load on a group without an origin: what was set is nowhere but in the members. Every key is read from every member all the
// while, some are overwritten, and each answer is held against what was acknowledged before it was asked for.

import type { NodeProcess } from './processes.js';
import { report } from './report.js';

export const GROUP = 'notes';

const WRITERS = 2;
const PAUSE_MS = 5;
const TIMEOUT_MS = 60_000;
const MAX_EXAMPLES = 5;

export interface Written {
  readonly status: number;
  readonly applied: string | undefined;
  readonly missing: readonly string[];
}

export interface NotesTally {
  gets: number;
  writes: number;
  /** Writes that some members have not acknowledged; that failed. */
  partial: number;
  failedWrites: number;
  /** Gets that found nothing, or ended with an error. */
  lost: number;
  /** Answers older than a write that had been acknowledged by all before the get, or that nobody wrote. */
  wrong: number;
  /** The first few of what should not have been. */
  examples: string[];
}

export class NotesLoad {
  readonly keys: readonly string[];
  readonly #nodes: readonly NodeProcess[];
  /** How often each key was written, and which of these writes all have acknowledged. */
  readonly #written = new Map<string, number>();
  readonly #acknowledged = new Map<string, number>();

  constructor(nodes: readonly NodeProcess[], keys: readonly string[]) {
    this.#nodes = nodes;
    this.keys = keys;
  }

  /** Sets a key by way of a node, to a value that no write before had. */
  async set(node: NodeProcess, key: string, timeoutMs = TIMEOUT_MS): Promise<Written> {
    const number = (this.#written.get(key) ?? 0) + 1;
    this.#written.set(key, number);
    const response = await fetch(urlOf(node, key), {
      method: 'PUT',
      body: String(number),
      headers: { 'X-Ringcache-Timeout-Ms': String(timeoutMs) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { applied, missing = [] } = (await response.json()) as { applied?: string; missing?: string[] };
    if (applied === 'all') this.#acknowledged.set(key, number);
    return { status: response.status, applied, missing };
  }

  /** Reads every key from every node. */
  async readAll(nodes = this.#nodes): Promise<NotesTally> {
    const tally = emptyTally();
    for (const node of nodes) for (const key of this.keys) await this.#read(node, key, tally);
    return tally;
  }

  /** Reads all keys from all nodes, and overwrites a tenth of them, while `act` runs. */
  async during(scenario: string, act: () => Promise<void>, nodes = this.#nodes): Promise<NotesTally> {
    const tally = emptyTally();
    let isOver = false;
    const go = async (step: (i: number) => Promise<void>) => {
      for (let i = 0; !isOver; i++) {
        await step(i);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    };
    const overwritten = this.keys.slice(0, this.keys.length / 10);
    const loops = [
      ...nodes.map((node) => go((i) => this.#read(node, this.keys[i % this.keys.length]!, tally))),
      ...Array.from({ length: WRITERS }, (_, writer) => {
        const keys = overwritten.filter((_, i) => i % WRITERS === writer); // each key has one writer
        return go((i) => this.#write(nodes[i % nodes.length]!, keys[i % keys.length]!, tally));
      }),
      // What is overwritten is read more often than all else, else nobody would notice.
      ...nodes.map((node) => go((i) => this.#read(node, overwritten[(i * 7) % overwritten.length]!, tally))),
    ];
    try {
      await act();
    } finally {
      isOver = true;
      await Promise.all(loops);
    }
    const { examples: _, ...counts } = tally;
    await report({ scenario, ...counts });
    return tally;
  }

  async #read(node: NodeProcess, key: string, tally: NotesTally): Promise<void> {
    const floor = this.#acknowledged.get(key) ?? 0;
    tally.gets++;
    const response = await fetch(urlOf(node, key), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    if (response.status !== 200) {
      note(tally, 'lost', `${key} of ${node.id}: ${response.status} ${text}`);
      return;
    }
    const isKnown = Number(text) >= floor && Number(text) <= this.#written.get(key)!;
    if (!isKnown) note(tally, 'wrong', `${key} of ${node.id} is ${text}, and all had acknowledged ${floor}`);
  }

  async #write(node: NodeProcess, key: string, tally: NotesTally): Promise<void> {
    tally.writes++;
    const { status, applied, missing } = await this.set(node, key);
    if (status !== 200) note(tally, 'failedWrites', `${key} by ${node.id}: ${status}`);
    else if (applied !== 'all') note(tally, 'partial', `${key} by ${node.id} misses ${missing}`);
  }
}

function urlOf(node: NodeProcess, key: string): string {
  return `${node.http}/v1/groups/${GROUP}/keys/${key}`;
}

function emptyTally(): NotesTally {
  return { gets: 0, writes: 0, partial: 0, failedWrites: 0, lost: 0, wrong: 0, examples: [] };
}

function note(tally: NotesTally, what: 'lost' | 'wrong' | 'partial' | 'failedWrites', example: string): void {
  tally[what]++;
  if (tally.examples.length < MAX_EXAMPLES) tally.examples.push(`${what}: ${example}`);
}
