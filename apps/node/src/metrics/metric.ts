// What a metric is: its name and meaning, for Prometheus and for docs/metrics.md, and how its value is read when somebody
// scrapes. The core keeps the counts anyway; nothing is counted here. No label is ever a key: keys are strangers', and
// without end.

import type { OpenDoor } from '@ringcache/access';
import type { CacheNode, GroupStats, MemoryBudget } from '@ringcache/cache-core';
import type { LoadedCertificate } from 'ringcache';

import type { Distribution } from './distribution.js';
import type { NodeMeasures } from './node-measures.js';

/** What metrics are read from. */
export interface MetricsSource {
  readonly node: CacheNode;
  /** The node takes part in the ring. */
  readonly isReady: () => boolean;
  readonly door: OpenDoor;
  /** undefined: every group keeps its own limit. */
  readonly budget: MemoryBudget | undefined;
  readonly measures: NodeMeasures;
  /** What is shown to others; undefined: no TLS. */
  readonly certificate: () => LoadedCertificate | undefined;
}

/** The same at one scrape, in which each group is asked once. */
export interface Scraped extends MetricsSource {
  readonly groups: readonly GroupStats[];
}

export type Labels = Readonly<Record<string, string>>;

export interface Described {
  /** With its unit at the end, in the plural and to a base: seconds, bytes, ratio; `_total` for counters. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly help: string;
  /** What an operator does with it. */
  readonly use: string;
  /** Its labels, each with the values that it may have. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where the name does not end with one. */
  readonly unit?: string;
}

export interface ScalarMetric extends Described {
  readonly type: 'counter' | 'gauge';
  readonly read: (from: Scraped) => Iterable<readonly [labels: Labels, value: number]>;
}

export interface HistogramMetric extends Described {
  readonly type: 'histogram';
  readonly read: (from: Scraped) => Iterable<readonly [labels: Labels, value: Distribution]>;
}

export type Metric = ScalarMetric | HistogramMetric;

const NONE: Labels = {};

/** A metric that has no labels. */
export function single(read: (from: Scraped) => number): ScalarMetric['read'] {
  return (from) => [[NONE, read(from)]];
}

/** One value for each group. */
export function perGroup(read: (stats: GroupStats) => number): Pick<ScalarMetric, 'labels' | 'read'> {
  return {
    labels: GROUP,
    read: ({ groups }) => groups.map((stats) => [{ group: stats.group }, read(stats)]),
  };
}

export const GROUP = { group: 'the name of a group' };
