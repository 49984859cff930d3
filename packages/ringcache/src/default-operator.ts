import { CacheError, type Clock, type LogLevel, type MemberReport, type Operator } from '@ringcache/cache-core';

import type { ProcessMonitor } from './process-monitor.js';
import { VERSION } from './version.js';

/** What the program around a member tells, and does at an operator's word, in place of what {@link join} would. */
export type OperatorOptions = Partial<Operator>;

/** What a member does for its operator by itself; undefined: it is not made yet. */
interface OperatedNode {
  readonly state: MemberReport['state'];
  leave(): Promise<void>;
}

export interface DefaultOperatorOptions {
  readonly given: OperatorOptions;
  readonly node: () => OperatedNode | undefined;
  readonly clock: Clock;
  readonly monitor: ProcessMonitor;
}

/** Fills in what the program leaves out: a program that embeds a member has no configuration of ours, and a log of its own. */
export function operatorOf({ given, node, clock, monitor }: DefaultOperatorOptions): Operator {
  const begunAt = clock.now();
  const operator: Operator = {
    version: VERSION,
    now: () => Date.now(),
    uptimeMs: () => clock.now() - begunAt,
    state: () => node()?.state ?? 'joining',
    process: () => ({ ...monitor.report(), logLevel: levelOf(given) }),
    drain() {
      const made = node();
      if (made === undefined) throw new CacheError('unavailable', 'this member is starting');
      void made.leave(); // never rejects
    },
    logLevel: () => refuse('log level'),
    config: () => refuse('configuration'),
    reload: async () => refuse('configuration'),
  };
  return { ...operator, ...given };
}

function levelOf({ logLevel }: OperatorOptions): LogLevel | undefined {
  return logLevel?.(undefined);
}

function refuse(what: string): never {
  throw new CacheError(
    'invalid_argument',
    `this member has no ${what} of its own: it is part of a program, and no ringcache-node; see that program's`,
  );
}
