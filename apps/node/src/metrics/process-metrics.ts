// The process: its door, its event loop, its certificate.

import { type Metric, single } from './metric.js';

export const PROCESS_METRICS: readonly Metric[] = [
  {
    name: 'ringcache_build_info',
    type: 'gauge',
    help: 'Always 1: its labels are the versions of ringcache and of Node.js.',
    use: 'Whether a deployment has reached every node.',
    unit: '1',
    labels: { version: 'of ringcache', node: 'of Node.js' },
    read: ({ measures: { version } }) => [[{ version, node: process.versions.node }, 1]],
  },
  {
    name: 'ringcache_event_loop_delay_seconds',
    type: 'histogram',
    help: 'How late timers are that are due twenty times a second: how long whatever comes waits for the event loop.',
    use: 'Alarm RingcacheEventLoopLate. The rate of the sum is the part of each second in which work waited, twentyfold.',
    read: ({ measures }) => [[{}, measures.loopDelay.read()]],
  },
  {
    name: 'ringcache_client_keys_in_flight',
    type: 'gauge',
    help: 'Keys that clients wait for.',
    use: 'At `access.maxInFlight` the node refuses: alarm RingcacheAboutToRefuse.',
    unit: 'keys',
    read: single(({ door }) => door.inFlight),
  },
  {
    name: 'ringcache_refused_total',
    type: 'counter',
    help: 'Requests that were refused at the door, by reason.',
    use: 'Alarm RingcacheRefuses. What each reason means: [Overload](operations.md#overload).',
    unit: 'requests',
    labels: { reason: '`rate`, `in_flight`, `shed`, `unauthenticated`, `permission_denied`' },
    read: ({ door }) => Object.entries(door.refusals()).map(([reason, count]) => [{ reason }, count]),
  },
  {
    name: 'ringcache_tls_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the certificate in force runs out, in seconds since 1970; not there without TLS.',
    use: 'Alarm RingcacheCertificateRunsOut.',
    read: ({ certificate }) => {
      const expiresAt = certificate()?.expiresAt;
      return expiresAt === undefined ? [] : [[{}, expiresAt.getTime() / 1_000]];
    },
  },
];
