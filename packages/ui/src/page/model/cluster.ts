// What the page knows of the cluster: the node's last events, and what follows from them over time.

import { batch, computed, signal } from '@preact/signals';
import type { ClusterState, MemberView, RingPicture, Session, UiEvents } from '../../api.js';
import { announce, changesBetween } from './announcements.js';
import { HitHistory } from './hit-history.js';
import { byId } from './id-order.js';
import { type Rates, RateTracker } from './rates.js';

/** `waiting`: for the first event; `refused`: a token is needed, or another one; `lost`: it is tried again. */
export type Connection = 'waiting' | 'open' | 'lost' | 'refused';

export const connection = signal<Connection>('waiting');
/** Why it is lost or refused. */
export const connectionProblem = signal('');
export const session = signal<Session | undefined>(undefined);
export const ring = signal<RingPicture | undefined>(undefined);
export const cluster = signal<ClusterState | undefined>(undefined);
export const rates = signal<Rates | undefined>(undefined);

/** Those of the ring in order of id, then those that left, the first to leave first. */
export const members = computed<readonly MemberView[]>(() =>
  [...(cluster.value?.members ?? [])].sort(
    (a, b) => (a.leftAt ?? 0) - (b.leftAt ?? 0) || byId(a.member.id, b.member.id),
  ),
);
/** Those whose reports are of now: in the ring, or still leaving it, and answering. */
export const reporting = computed(() =>
  members.value.filter(
    ({ report, problem, state }) => report !== undefined && problem === undefined && state !== 'gone',
  ),
);
export const groupNames = computed(() => {
  const reported = reporting.value.flatMap(({ report }) => report!.groups.map(({ group }) => group));
  return [...new Set([...(session.value?.groups.map(({ name }) => name) ?? []), ...reported])].sort();
});

const tracker = new RateTracker();
export const history = new HitHistory();

export function take<K extends keyof UiEvents>(kind: K, event: UiEvents[K]): void {
  batch(() => {
    if (kind === 'ring') takeRing(event as RingPicture);
    else takeCluster(event as ClusterState);
  });
}

/** Another user sees other things: nothing of the last one is to be left. */
export function forget(): void {
  batch(() => {
    session.value = undefined;
    ring.value = undefined;
    cluster.value = undefined;
    rates.value = undefined;
    tracker.clear();
    history.clear();
  });
}

function takeRing(next: RingPicture): void {
  ring.value = next;
}

function takeCluster(next: ClusterState): void {
  const before = cluster.peek();
  if (before !== undefined) announce(changesBetween(before, next));
  cluster.value = next;
  const reports = next.members.flatMap(({ report, problem }) => (report && problem === undefined ? [report] : []));
  rates.value = tracker.next(reports);
  history.add(next.at, reports);
}
