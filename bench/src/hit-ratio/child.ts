// The process that simulates: a cell and a policy at a time. It keeps the last trace, as the next cell is often of the same.

import { createPolicy, type PolicyName } from '@ringcache/policies';

import { answer } from '../measuring-process.js';
import type { TraceSource } from './cells.js';
import { madeUpTrace } from './made-up-traces.js';
import { optimalHits } from './optimum.js';
import { readRecordedTrace } from './recorded-trace.js';
import { hitsOf } from './simulate.js';
import type { Trace } from './trace.js';

export interface Task {
  readonly trace: string;
  readonly source: TraceSource;
  readonly size: number;
  /** `OPT`: what no policy can beat. */
  readonly policy: PolicyName | 'OPT';
}

export interface TaskResult {
  readonly hits: number;
  readonly requests: number;
}

let last: { readonly name: string; readonly trace: Trace } | undefined;

answer<Task>(({ trace: name, source, size, policy }): TaskResult => {
  if (last?.name !== name) last = { name, trace: read(source) };
  const { trace } = last;
  const requests = trace.ids.length;
  if (policy === 'OPT') return { hits: optimalHits(trace, size), requests };
  // A limit in bytes is all that the cache of a sized trace has.
  const options = trace.sizes === undefined ? { maxEntries: size } : {};
  return { hits: hitsOf(createPolicy(policy, options), trace, size), requests };
});

function read(source: TraceSource): Trace {
  return source.kind === 'recorded' ? readRecordedTrace(source.folder, source.entry) : madeUpTrace(source.name);
}
