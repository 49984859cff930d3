// One contender, one question, one process: memory that was used once stays with a process.

import { answer } from '../measuring-process.js';
import { type FootprintQuestion, footprint } from './footprint.js';
import { type LimitQuestion, measureLimit } from './limit.js';
import { measureSets, type SetsQuestion } from './sets.js';

export type Question =
  | { readonly footprint: FootprintQuestion }
  | { readonly sets: SetsQuestion }
  | { readonly limit: LimitQuestion };

answer((question: Question) => {
  if ('footprint' in question) return footprint(question.footprint);
  if ('sets' in question) return measureSets(question.sets);
  return measureLimit(question.limit);
});
