import type { LogLevel, MemberReport, ProcessReport, Reloaded } from './admin.js';

/**
 * The program around a node: what it tells of itself, and what it does at an operator's word. What it cannot do it refuses with
 * a {@link CacheError} `invalid_argument` that says why.
 */
export interface Operator {
  /** Of ringcache. */
  readonly version: string;
  /** Wall clock, in ms since 1970. */
  now(): number;
  /** Since the node began. */
  uptimeMs(): number;
  state(): MemberReport['state'];
  process(): ProcessReport;
  /** Begins to leave, as with SIGTERM, and returns at once: whoever asked is answered first. */
  drain(): void;
  /** Every change is to be told in the log. @param level undefined: asks only. @returns the level in force. */
  logLevel(level: LogLevel | undefined): LogLevel;
  /** As YAML, secrets as `***`. */
  config(): string;
  /** @param dryRun says what it would apply, and applies nothing. */
  reload(dryRun: boolean): Promise<Reloaded>;
}
