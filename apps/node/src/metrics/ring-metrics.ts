// The ring as this node sees it, its place in it, and how it gets on with the others.

import { TROUBLE_KINDS } from '@ringcache/cache-core';

import { type Metric, single } from './metric.js';
import { LOSS_REASONS } from './registration-counts.js';

const HASH_DIGITS = 12; // 48 bits of the fingerprint: a number of Prometheus holds 53 exactly

export const RING_METRICS: readonly Metric[] = [
  {
    name: 'ringcache_ready',
    type: 'gauge',
    help: '1: this node takes part in the ring.',
    use: 'Alarm RingcacheNotReady. What `/readyz` says.',
    unit: '0 or 1',
    read: single(({ isReady }) => Number(isReady())),
  },
  {
    name: 'ringcache_ring_members',
    type: 'gauge',
    help: 'Members of the ring as this node sees it.',
    use: 'As many as you run, on every node, before the next one is restarted.',
    unit: 'members',
    read: single(({ node }) => node.peers.ring.size),
  },
  {
    name: 'ringcache_ring_stale',
    type: 'gauge',
    help: '1: discovery is out of reach, and the ring is the last one known.',
    use: 'Alarm RingcacheDiscoveryAway.',
    unit: '0 or 1',
    read: single(({ node }) => Number(node.peers.stale)),
  },
  {
    name: 'ringcache_ring_hash',
    type: 'gauge',
    help: "The first 48 bits of the ring's fingerprint, as a number: equal where rings are.",
    use: 'Alarm RingcacheRingsDiffer. The number itself says nothing.',
    unit: 'hash',
    read: single(({ node }) => Number.parseInt(node.peers.ring.fingerprint.slice(0, HASH_DIGITS), 16)),
  },
  {
    name: 'ringcache_ring_info',
    type: 'gauge',
    help: 'Always 1: its labels describe the ring as this node sees it.',
    use: 'Which of the nodes is the one that differs.',
    unit: '1',
    labels: { fingerprint: 'the fingerprint of the present ring', dialect: 'as `ring.dialect`' },
    read: ({ node }) => [[{ fingerprint: node.peers.ring.fingerprint, dialect: node.peers.ring.dialect }, 1]],
  },
  {
    name: 'ringcache_ring_changes_total',
    type: 'counter',
    help: 'Times that the ring became another one.',
    use: 'Rises with no deployment: members come and go by themselves.',
    unit: 'changes',
    read: single(({ node }) => node.peers.ownership.epoch),
  },
  {
    name: 'ringcache_breaker_open',
    type: 'gauge',
    help: '1: the member did not answer of late, and has not answered since; it is left out until it does.',
    use: 'Alarm RingcacheBreakerOpen. Open on one node alone: the way between the two; on all: the member.',
    unit: '0 or 1',
    labels: { peer: 'the id of each other member of the ring' },
    read: ({ node: { peers } }) => {
      const suspects = peers.breakers.suspects();
      return peers.others().map(({ id }) => [{ peer: id }, Number(suspects.includes(id))]);
    },
  },
  {
    name: 'ringcache_registrations_total',
    type: 'counter',
    help: "Places taken in discovery's list, the first included.",
    use: '1 for as long as all is well.',
    unit: 'places',
    read: single(({ measures }) => measures.registrations.taken),
  },
  {
    name: 'ringcache_registration_errors_total',
    type: 'counter',
    help: "Attempts to take a place in discovery's list that failed.",
    use: 'The log says why: `not registered; trying again`.',
    unit: 'attempts',
    read: single(({ measures }) => measures.registrations.failed),
  },
  {
    name: 'ringcache_registration_losses_total',
    type: 'counter',
    help: "Places in discovery's list that were lost, by reason.",
    use: 'Alarm RingcacheLeaseFlaps. `silent`, `expired`: etcd, the network, or an event loop that stood still. `overwritten`: two nodes with one id.',
    unit: 'places',
    labels: { reason: LOSS_REASONS.map((reason) => `\`${reason}\``).join(', ') },
    read: ({ measures }) => LOSS_REASONS.map((reason) => [{ reason }, measures.registrations.lost[reason]]),
  },
  {
    name: 'ringcache_view_number',
    type: 'gauge',
    help: 'Number of the view that the ring is of; 0: none yet.',
    use: 'Equal on all nodes but for moments. One that stays behind is cut off from the others.',
    unit: 'number',
    read: single(({ node }) => node.peers.viewNumber),
  },
  {
    name: 'ringcache_acting',
    type: 'gauge',
    help: '1: the node serves what it holds and keeps what it loads; 0: it is in no ring, or in doubt of it.',
    use: '0 for long: alarm RingcacheKeepsNothing. In doubt nothing is dropped.',
    unit: '0 or 1',
    read: single(({ node }) => Number(node.peers.mayAct)),
  },
  {
    name: 'ringcache_troubles',
    type: 'gauge',
    help: 'What keeps members from this node, or this node from the ring, for longer than 3 s: how many, by kind.',
    use: 'Alarms RingcacheMemberSilent, RingcacheMemberRefused, RingcacheUnreachable; `differs`: RingcacheRingsDiffer; `in_doubt`: RingcacheKeepsNothing. The log has a line for each.',
    unit: 'troubles',
    labels: { kind: TROUBLE_KINDS.map((kind) => `\`${kind}\``).join(', ') },
    read: ({ measures }) => TROUBLE_KINDS.map((kind) => [{ kind }, measures.troubles.present[kind]]),
  },
  {
    name: 'ringcache_limit_used',
    type: 'gauge',
    help: 'How full what grows with requests and with members is, of its limit.',
    use: 'Near 1 for anything but the bytes and entries of a cache: the node is at its end, and says so to callers.',
    unit: '0 to 1',
    labels: { what: 'as in the report of `ringctl members --json`, such as `connections` or `scores: loads`' },
    read: ({ node: { peers, groups } }) =>
      [...peers.limits(), ...[...groups.values()].flatMap((group) => group.limits())].map(({ name, size, limit }) => {
        return [{ what: name }, size / limit];
      }),
  },
  {
    name: 'ringcache_isolations_total',
    type: 'counter',
    help: 'Times that all that the node held was dropped, since it may have missed writes.',
    use: 'Alarm RingcacheIsolated. The node was out of the ring, or cut off from it, for longer than one change of the ring.',
    unit: 'times',
    read: single(({ node }) => node.peers.ownership.isolations),
  },
];
