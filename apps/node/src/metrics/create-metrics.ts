import { collectDefaultMetrics, type Metric as ForeignMetric, type MetricObject, Registry } from 'prom-client';

import type { Distribution } from './distribution.js';
import { GROUP_METRICS } from './group-metrics.js';
import { LATENCY_METRICS } from './latency-metrics.js';
import { MEMORY_METRICS } from './memory-metrics.js';
import type { HistogramMetric, Labels, Metric, MetricsSource, ScalarMetric, Scraped } from './metric.js';
import { PROCESS_METRICS } from './process-metrics.js';
import { RING_METRICS } from './ring-metrics.js';

export interface MetricSection {
  readonly title: string;
  readonly metrics: readonly Metric[];
}

/** Every metric of ringcache itself; those of Node.js and of the process come beside them. */
export const METRIC_SECTIONS: readonly MetricSection[] = [
  { title: 'What groups answer and ask', metrics: GROUP_METRICS },
  { title: 'How long it takes', metrics: LATENCY_METRICS },
  { title: 'Memory', metrics: MEMORY_METRICS },
  { title: 'The ring', metrics: RING_METRICS },
  { title: 'The process', metrics: PROCESS_METRICS },
];

/** What prom-client knows of Node.js and the process by itself; on Linux, where it knows most. */
export async function processMetrics(): Promise<readonly Pick<MetricObject, 'name' | 'help'>[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry.getMetricsAsJSON();
}

/** Reads everything from the source each time that somebody scrapes. */
export function createMetrics(source: MetricsSource): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const scrape = oncePerTurn((): Scraped => {
    return { ...source, groups: [...source.node.groups.values()].map((group) => group.stats()) };
  });
  for (const metric of METRIC_SECTIONS.flatMap(({ metrics }) => metrics))
    registry.registerMetric(readBy(metric, scrape));
  return registry;
}

interface Value {
  labels: Record<string, string | number>;
  value: number;
  metricName?: string;
}

/** A registry asks its metrics for no more than this, whatever their class. */
function readBy(metric: Metric, scrape: () => Scraped): ForeignMetric {
  const { name, help, type } = metric;
  const get = async () => {
    const values = metric.type === 'histogram' ? histogramOf(metric, scrape()) : scalarsOf(metric, scrape());
    return { name, help, type, aggregator: 'sum', values };
  };
  const labelNames = Object.keys(metric.labels ?? {});
  return { name, help, type, labelNames, get, reset: () => {} } as unknown as ForeignMetric;
}

function scalarsOf(metric: ScalarMetric, from: Scraped): Value[] {
  return [...metric.read(from)].map(([labels, value]) => ({ labels, value }));
}

function histogramOf(metric: HistogramMetric, from: Scraped): Value[] {
  return [...metric.read(from)].flatMap(([labels, read]) => linesOf(metric.name, labels, read));
}

function linesOf(name: string, labels: Labels, { bounds, cumulative, count, sum }: Distribution): Value[] {
  const bucket = (le: string, value: number) => ({ metricName: `${name}_bucket`, labels: { le, ...labels }, value });
  return [
    ...bounds.map((bound, i) => bucket(String(bound), cumulative[i]!)),
    bucket('+Inf', count),
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** A registry reads all its metrics in one turn: what is costly to make is made once for them. */
function oncePerTurn<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    if (made === undefined) {
      made = { value: make() };
      queueMicrotask(() => {
        made = undefined;
      });
    }
    return made.value;
  };
}
