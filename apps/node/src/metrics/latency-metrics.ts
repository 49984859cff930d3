// How long things took, and how much a message carried.

import type { Group } from '@ringcache/cache-core';

import { type Distribution, durationsOf, entriesOf } from './distribution.js';
import { GROUP, type HistogramMetric, type Metric } from './metric.js';

export const LATENCY_METRICS: readonly Metric[] = [
  {
    name: 'ringcache_get_duration_seconds',
    type: 'histogram',
    help: 'How long clients waited in this node, whatever the answer. Hits are counted in the smallest bucket, and not timed.',
    use: 'What a client sees but for the way to the node. Quantiles that are all in the smallest bucket: nearly everything hits.',
    labels: GROUP,
    read: ofGroups((group) => withHits(durationsOf(group.measures.missMs), group.stats().hits)),
  },
  {
    name: 'ringcache_load_duration_seconds',
    type: 'histogram',
    help: 'How long loads from the origin took, failed ones too, with what they waited for their turn.',
    use: 'The origin as the cache sees it: alarm RingcacheOriginSlow. A rising tail with full `concurrency` is queueing.',
    labels: GROUP,
    read: ofGroups((group) => durationsOf(group.measures.loadMs)),
  },
  {
    name: 'ringcache_fetch_duration_seconds',
    type: 'histogram',
    help: 'How long peers took to answer, failed fetches too; where the peer had to load, with that load.',
    use: 'Above the latency of loads: the peer, or the way to it, is slow.',
    labels: GROUP,
    read: ofGroups((group) => durationsOf(group.measures.fetchMs)),
  },
  {
    name: 'ringcache_pipe_message_entries',
    type: 'histogram',
    help: 'Requests and answers in one message of a gRPC stream, of members and of clients that use one.',
    use: 'The sum by the count is the batch. Near 1 under load: callers wait for each answer before they ask again.',
    unit: 'entries',
    labels: { kind: '`request`, `answer`', direction: '`sent`, `received`' },
    read: ({
      measures: {
        batchSizes: { requests, answers },
      },
    }) => [
      [{ kind: 'request', direction: 'sent' }, entriesOf(requests.sent)],
      [{ kind: 'request', direction: 'received' }, entriesOf(requests.received)],
      [{ kind: 'answer', direction: 'sent' }, entriesOf(answers.sent)],
      [{ kind: 'answer', direction: 'received' }, entriesOf(answers.received)],
    ],
  },
];

/** A hit from memory takes some microseconds: less than the smallest bound, and too little to be seen in the sum. */
function withHits({ bounds, cumulative, count, sum }: Distribution, hits: number): Distribution {
  return { bounds, cumulative: cumulative.map((misses) => misses + hits), count: count + hits, sum };
}

function ofGroups(read: (group: Group) => Distribution): HistogramMetric['read'] {
  return ({ node }) => [...node.groups].map(([name, group]) => [{ group: name }, read(group)]);
}
