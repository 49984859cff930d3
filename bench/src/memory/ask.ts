// A process for each question.

import { MeasuringProcess } from '../measuring-process.js';
import type { Question } from './child.js';
import type { Footprint, FootprintQuestion } from './footprint.js';
import type { LimitQuestion, LimitResult } from './limit.js';
import type { SetsQuestion, SetsResult } from './sets.js';

const CHILD = new URL('./child.ts', import.meta.url);
const HEAP_MB = 12_000; // a limit on the heap would make the collector work harder as a cache comes near it

export function askFootprint(footprint: FootprintQuestion): Promise<Footprint> {
  return ask({ footprint });
}

export function askSets(sets: SetsQuestion): Promise<SetsResult> {
  return ask({ sets });
}

export function askLimit(limit: LimitQuestion): Promise<LimitResult> {
  return ask({ limit });
}

async function ask<Value>(question: Question): Promise<Value> {
  const process = new MeasuringProcess(CHILD, { heapMb: HEAP_MB });
  try {
    return await process.ask<Value>(question);
  } finally {
    await process.close();
  }
}
