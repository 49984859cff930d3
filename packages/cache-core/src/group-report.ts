// What an operator sees of a group beyond its counters. All of it is made when it is asked for.

import type { FlightReport, GroupReport, HeldReport, HotKey } from './admin.js';
import { cutText } from './cut-text.js';
import type { Flights } from './flights.js';
import type { GroupState } from './group-state.js';
import { ABSENT } from './holdings.js';
import type { GroupStats } from './stats.js';

const CURVE_POINTS = 32; // a straight line apart, up to four times the limit: enough for the eye
const PREVIEW_BYTES = 1_024;
const SHOWN = 256; // characters of a key that only names something: a thousand of the longest would not fit in a message

type Measured = Omit<GroupReport, keyof GroupStats | 'flights'>;

/** @param now the wall clock, in ms since 1970. */
export function measuredOf({ limits, holdings, measures, clock }: GroupState, now: number): Measured {
  const begin = now - clock.now(); // of the group's clock, by the wall
  return {
    policy: { name: limits.policy, choice: holdings.main.policyChoice },
    loadMs: measures.loadMs.percentiles(),
    fetchMs: measures.fetchMs.percentiles(),
    missRatioCurve: holdings.missRatioCurve(CURVE_POINTS),
    failures: measures.failures.list().map((failure) => ({ ...failure, at: begin + failure.at })),
  };
}

/** undefined: nothing. */
export function heldOf({ holdings }: GroupState, key: string): HeldReport | undefined {
  const held = holdings.locate(key);
  if (held === undefined) return undefined;
  const absent = held.value === ABSENT;
  const value = absent ? new Uint8Array() : held.value;
  return {
    in: held.source === 'main' ? 'main' : 'hot',
    absent,
    ageMs: holdings.ageOf(key),
    ttlMs: held.ttlMs === Number.POSITIVE_INFINITY ? undefined : held.ttlMs,
    version: held.version,
    bytes: value.byteLength,
    previewBase64: Buffer.from(value.subarray(0, PREVIEW_BYTES)).toString('base64'),
  };
}

export function hotKeysOf({ holdings, peers }: GroupState, limit: number): HotKey[] {
  return holdings.topKeys.top(limit).map(({ key, count }) => ({ key, count, owned: peers.owns(key) }));
}

export function openFlights(
  { name }: GroupState,
  kind: FlightReport['kind'],
  flights: Flights<unknown>,
  { limit, now }: { limit: number; now: number },
): FlightReport[] {
  const reports: FlightReport[] = [];
  for (const { key, begunAt, callers } of flights.open()) {
    if (reports.length === limit) break;
    const ageMs = now - begunAt;
    reports.push({ group: name, key: cutText(key, SHOWN), kind, ageMs, waiting: callers });
  }
  return reports;
}
