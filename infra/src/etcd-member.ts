import { setTimeout as sleep } from 'node:timers/promises';
import { Child, type ChildOptions } from './child.js';
import { type ProbeTls, probeHttp } from './http-probe.js';

export interface EtcdMember {
  readonly name: string;
  /** `http://127.0.0.1:2379`, or https. */
  readonly client: string;
  /** Of the latest start. */
  readonly pid: number;
  readonly running: boolean;
  /** Ends the process, SIGKILL by default, and waits for its end; SIGSTOP and SIGCONT freeze it and wake it up. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Runs it again on the same data and ports; resolves when it answers, or, with no quorum yet, when it runs. */
  start(): Promise<void>;
}

export interface EtcdMemberOptions extends Pick<ChildOptions, 'command' | 'args' | 'cwd' | 'log' | 'removeWithUs'> {
  readonly name: string;
  readonly client: string;
  /** To ask it over https. */
  readonly tls?: ProbeTls | undefined;
  /** Whether a majority of the cluster runs, this member included: without one no member can answer. */
  readonly hasQuorum: () => boolean;
}

/** Until a member answers; an election takes 1 to 2 s, on a busy machine several. */
const READY_TIMEOUT_MS = 30_000;
const PROBE_EVERY_MS = 50;
/**
 * What is left to a member that is asked to end. Three that end together wait 7 s for one another to take over the
 * leadership; what is acknowledged is on disk before, so killing them loses nothing.
 */
const END_TIMEOUT_MS = 500;

/** One etcd process, which can be killed and started again. */
export class EtcdProcess implements EtcdMember {
  readonly name: string;
  readonly client: string;
  readonly #options: EtcdMemberOptions;
  #child: Child | undefined;

  constructor(options: EtcdMemberOptions) {
    this.name = options.name;
    this.client = options.client;
    this.#options = options;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get running(): boolean {
    return this.#child?.running ?? false;
  }

  /** Resolves when the latest process has ended. */
  get exited(): Promise<void> {
    return this.#child?.exited ?? Promise.resolve();
  }

  async kill(signal?: NodeJS.Signals): Promise<void> {
    await this.#child?.kill(signal);
  }

  /** Ends the process the polite way, for a moment. */
  async end(): Promise<void> {
    await this.#child?.end('SIGTERM', END_TIMEOUT_MS);
  }

  async start(): Promise<void> {
    if (this.running) throw new Error(`etcd member ${this.name} runs already (pid ${this.pid})`);
    this.spawn();
    if (this.#options.hasQuorum()) await this.ready();
  }

  /** Starts the process and does not wait. */
  spawn(): void {
    this.#child = new Child({ ...this.#options, env: etcdEnvironment() });
  }

  /**
   * Resolves when the member answers a linearizable read, so it has a leader.
   * @throws {Error} with the end of its output if the process ends before, or does not answer within 30 s.
   */
  async ready(): Promise<void> {
    const giveUp = performance.now() + READY_TIMEOUT_MS;
    while (!(await answers(this.client, this.#options.tls))) {
      if (!this.running) throw new Error(`etcd member ${this.name} ended at its start:\n${this.#child?.lastLines}`);
      if (performance.now() > giveUp) throw new Error(`etcd member ${this.name} has no leader after 30 s`);
      await sleep(PROBE_EVERY_MS);
    }
  }
}

/** Whether an etcd member answers a linearizable read: it is up, and is in touch with a leader. At most 1 s. */
export async function answers(client: string, tls?: ProbeTls): Promise<boolean> {
  const key = Buffer.from('health').toString('base64');
  return (await probeHttp(`${client}/v3/kv/range`, { body: { key }, tls })) === 200;
}

/** etcd takes each of its options from ETCD_… as well: a developer's ETCD_NAME, or ours, must not leak in. */
function etcdEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_'));
  // Debian's 3.4 refuses to run on ARM without this word; later versions ignore it.
  return { ...Object.fromEntries(entries), ...(process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {}) };
}
