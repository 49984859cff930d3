// Requests are sent when they are due, whatever has become of those before, and latency counts from when a request was due, not
// from when it was sent: a stall is seen by everybody who came during it. A closed loop would ask less as long as it lasts, and
// record it once for each caller (coordinated omission, Gil Tene).

import { Latencies } from '../cluster/latencies.js';
import { type Times, timesOf } from './times.js';

export interface Load<Got> {
  /** When each request is due, in ms from the beginning, ascending. As many can be outstanding, and no more. */
  readonly dueMs: Float64Array;
  readonly get: (i: number) => Promise<Got>;
  /** Throws if it isn't what was asked for. */
  readonly check: (got: Got, i: number) => void;
  /** What is due before is asked for, to get things going, and not counted. Default 0. */
  readonly countFromMs?: number;
}

/** What wakes the loop: the metronome. */
export interface Ticks {
  /** Calls back at each tick. @returns what ends it. */
  listen(listener: () => void): () => void;
}

export interface Opened {
  /** Requests that were due, and counted. */
  readonly due: number;
  /** From when a request was due to its answer; failures are not among them. */
  readonly latency: Times;
  /** From when a request was due to when it was sent: this process's own part of the latency. */
  readonly lateness: Times;
  /** Of those that were due, how many got no answer. */
  readonly failed: number;
  readonly firstFailure: string | undefined;
}

/**
 * Ends with the last answer.
 * @param now in ms from any beginning.
 * @throws {Error} at the first value that is not the right one.
 */
export function openLoop<Got>(
  { dueMs, get, check, countFromMs = 0 }: Load<Got>,
  ticks: Ticks,
  now = () => performance.now(),
): Promise<Opened> {
  const latencies = new Latencies();
  const lateness = new Latencies();
  let failed = 0;
  let firstFailure: string | undefined;
  const startedAt = now();

  const ask = async (i: number) => {
    const dueAt = startedAt + dueMs[i]!;
    const counts = dueMs[i]! >= countFromMs;
    if (counts) lateness.record(now() - dueAt);
    let got: Got;
    try {
      got = await get(i);
    } catch (error) {
      firstFailure ??= String(error);
      if (counts) failed++;
      return;
    }
    if (counts) latencies.record(now() - dueAt);
    check(got, i);
  };

  return new Promise((resolve, reject) => {
    let next = 0;
    let unanswered = dueMs.length;
    const end = () => {
      const due = lateness.count;
      resolve({ due, latency: timesOf(latencies), lateness: timesOf(lateness), failed, firstFailure });
    };
    const answered = () => {
      if (--unanswered === 0) end();
    };
    const wrong = (error: unknown) => {
      stop();
      reject(error);
    };
    const stop = ticks.listen(() => {
      const nowMs = now() - startedAt; // once a tick: answers must be read in between, however much is due
      while (next < dueMs.length && dueMs[next]! <= nowMs) ask(next++).then(answered, wrong);
      if (next === dueMs.length) stop();
    });
    if (unanswered === 0) {
      stop();
      end();
    }
  });
}
