// Names that join() does not know are refused: an option that is misspelt and ignored is found out when it is too late.

import { CacheError } from '@ringcache/cache-core';
import { closest, distance } from 'fastest-levenshtein';

import type { GroupSpec, GroupSpecs, JoinOptions } from './join.js';

/** Of each option, that there is one: the compiler sees to it that none is missing, and none too many. */
type Names<Options> = Readonly<Record<keyof Options, true>>;

const OF_JOIN: Names<JoinOptions<GroupSpecs>> = {
  groups: true,
  id: true,
  weight: true,
  cluster: true,
  discovery: true,
  grantMs: true,
  graceMs: true,
  firstViewAfterMs: true,
  peerTransport: true,
  dialect: true,
  replicas: true,
  handoffMs: true,
  joinTimeoutMs: true,
  leaveTimeoutMs: true,
  onServing: true,
  signal: true,
  clock: true,
  operator: true,
  observe: true,
  hears: true,
  tracing: true,
  onRing: true,
  onRegistration: true,
  onTrouble: true,
  onIsolated: true,
  onError: true,
  grpc: true,
  http: true,
  listen: true,
  maxValueBytes: true,
  onHttpRequest: true,
  tls: true,
  clientAuth: true,
  door: true,
  peerToken: true,
  requireTls: true,
  batchSizes: true,
  onWarning: true,
  budgetBytes: true,
  budgetIntervalMs: true,
  onMove: true,
};

const OF_GROUP: Names<GroupSpec<unknown>> = {
  load: true,
  warmRestart: true,
  minBytes: true,
  codec: true,
  policy: true,
  store: true,
  maxBytes: true,
  maxEntries: true,
  maxValueBytes: true,
  ttlMs: true,
  ttlJitter: true,
  negativeTtlMs: true,
  staleWhileRevalidateMs: true,
  staleIfErrorMs: true,
  softTimeoutMs: true,
  refreshAheadMs: true,
  refreshBackoffMs: true,
  hotTtlMs: true,
  hotShare: true,
  hotAfterFetches: true,
  flightTimeoutMs: true,
  acknowledgeTimeoutMs: true,
  epoch: true,
};

/** @throws {CacheError} `invalid_argument`, which names the option, and the one that may have been meant. */
export function refuseUnknown(options: JoinOptions<GroupSpecs>): void {
  refuseOthers('join()', options, OF_JOIN);
  for (const [name, spec] of Object.entries(options.groups)) refuseOthers(`group ${name}`, spec, OF_GROUP);
}

function refuseOthers(where: string, given: object, names: Readonly<Record<string, true>>): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const nearest = closest(name, Object.keys(names));
    const hint = distance(name, nearest) <= Math.max(2, name.length / 3) ? `; did you mean ${nearest}?` : '';
    throw new CacheError('invalid_argument', `${where} has no option ${JSON.stringify(name.slice(0, 50))}${hint}`);
  }
}
