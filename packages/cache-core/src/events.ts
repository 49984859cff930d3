// What an app may want to tell of a request, step by step. The engine says it only if somebody listens: no event is made
// on the way of a hit otherwise.

import type { ErrorCode } from './errors.js';

/** One step in the life of a request. Durations in ms. */
export type Step =
  | { readonly step: 'received'; readonly from: 'client' | 'peer' }
  | { readonly step: 'hit'; readonly from: 'main' | 'hot' }
  | {
      readonly step: 'pick';
      readonly hash: string;
      readonly point: number;
      readonly owner: string;
      readonly self: boolean;
    }
  | { readonly step: 'joined'; readonly flight: 'load' | 'fetch' }
  | { readonly step: 'loaded'; readonly ms: number; readonly bytes: number }
  | { readonly step: 'handed_over'; readonly from: string; readonly ms: number; readonly bytes: number }
  | { readonly step: 'stale'; readonly expiredForMs: number }
  | { readonly step: 'absent'; readonly ms: number }
  | { readonly step: 'load_failed'; readonly ms: number; readonly code: ErrorCode; readonly message: string }
  | { readonly step: 'fetched'; readonly from: string; readonly ms: number; readonly bytes: number }
  | {
      readonly step: 'fetch_failed';
      readonly from: string;
      readonly ms: number;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly step: 'stored'; readonly in: 'main' | 'hot'; readonly bytes: number; readonly ttlMs: number }
  | {
      readonly step: 'written';
      readonly op: 'set' | 'delete' | 'clear';
      readonly version: number;
      readonly missing: readonly string[];
    }
  | { readonly step: 'dropped'; readonly version: number };

export type GroupEvent = Step & {
  readonly group: string;
  /** '': every key of the group. */
  readonly key: string;
  /** The caller's; where it gave none, one made here, which goes along to every member that is asked. */
  readonly requestId: string | undefined;
  /** Of the trace that records the request, 32 hex digits; left out: none does. */
  readonly traceId?: string | undefined;
};

export type Observer = (event: GroupEvent) => void;

/** Whether an observer wants to hear of such steps now: asked before the step is made. */
export type Hears = (step: Step['step']) => boolean;
