// How this process has fared within the last ten seconds. A timer that is due every 20 ms tells how late the event loop is, which
// is what a request that arrives would wait. Samples with their times, in place of perf_hooks' histogram: that one can only be
// read from its beginning or begun anew, and what has passed ten seconds ago is to be forgotten, not half of all every ten.

import type { Clock, ProcessReport, Timer } from '@ringcache/cache-core';

export interface ProcessMonitorOptions {
  readonly clock: Clock;
  /** Time that this process has been running on a core, in ms. Default: the system's count. */
  readonly cpuMs?: (() => number) | undefined;
}

const WINDOW_MS = 10_000;
const SAMPLE_MS = 20;
const SAMPLES = WINDOW_MS / SAMPLE_MS; // fewer if the loop is late: each has its time
const CPU_EVERY = 25; // samples
const CPU_SAMPLES = SAMPLES / CPU_EVERY + 1; // both ends of the window

interface CpuSample {
  readonly at: number;
  readonly cpuMs: number;
}

export class ProcessMonitor {
  readonly #clock: Clock;
  readonly #cpuMs: () => number;
  readonly #delays = new Float64Array(SAMPLES);
  readonly #times = new Float64Array(SAMPLES).fill(Number.NEGATIVE_INFINITY);
  readonly #cpu: CpuSample[] = []; // the oldest first
  #next = 0;
  #timer: Timer;

  /** Begins at once; 50 wake-ups a second, some 2 µs each. */
  constructor({ clock, cpuMs = systemCpuMs }: ProcessMonitorOptions) {
    this.#clock = clock;
    this.#cpuMs = cpuMs;
    this.#cpu.push({ at: clock.now(), cpuMs: cpuMs() });
    this.#timer = this.#wait();
  }

  report(): Omit<ProcessReport, 'logLevel'> {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      pid: process.pid,
      eventLoopDelayMs: this.#eventLoopDelay(),
      cpu: this.#cpuShare(),
      rssBytes: rss,
      heapBytes: heapUsed,
    };
  }

  close(): void {
    this.#timer.cancel();
  }

  #wait(): Timer {
    const due = this.#clock.now() + SAMPLE_MS;
    return this.#clock.setTimeout(() => {
      const now = this.#clock.now();
      this.#take(now, Math.max(0, now - due));
      this.#timer = this.#wait();
    }, SAMPLE_MS);
  }

  #take(now: number, delayMs: number): void {
    this.#delays[this.#next] = delayMs;
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % SAMPLES;
    if (this.#next % CPU_EVERY !== 0) return;
    this.#cpu.push({ at: now, cpuMs: this.#cpuMs() });
    if (this.#cpu.length > CPU_SAMPLES) this.#cpu.shift();
  }

  #eventLoopDelay(): ProcessReport['eventLoopDelayMs'] {
    const since = this.#clock.now() - WINDOW_MS;
    const delays = this.#delays.filter((_, i) => this.#times[i]! >= since).sort();
    const quantile = (share: number) => delays[Math.max(0, Math.ceil(share * delays.length) - 1)] ?? 0;
    return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
  }

  #cpuShare(): number {
    const now = this.#clock.now();
    const oldest = this.#cpu.find(({ at }) => at >= now - WINDOW_MS) ?? this.#cpu.at(-1)!;
    return now > oldest.at ? (this.#cpuMs() - oldest.cpuMs) / (now - oldest.at) : 0;
  }
}

function systemCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
