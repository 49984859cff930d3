// What a member's Admin answered, out of its messages. The member may be of another version, or something else altogether: what
// is missing is told, what is unknown is taken for the nearest that is known.

import {
  CacheError,
  type FlightReport,
  type GroupReport,
  type GroupStats,
  type HeldReport,
  type KeyReport,
  LOG_LEVELS,
  type LogLevel,
  type MemberReport,
  type Percentiles,
  type ProcessReport,
  REMOVAL_CAUSES,
  type RemovalCause,
  type RingView,
  toErrorCode,
} from '@ringcache/cache-core';
import type { admin } from '@ringcache/proto';

const STATES: readonly MemberReport['state'][] = ['joining', 'live', 'draining'];

export function ringFromWire({ self, members, ring, dialect, replicas, stale }: admin.MembersResponse): RingView {
  return { self, members, dialect, replicas, fingerprint: ring, stale };
}

/** @throws {CacheError} `unavailable`: it is no report. */
export function reportFromWire(report: admin.ReportResponse): MemberReport {
  const { version, now, uptimeMs, shares, suspects, limits } = report;
  return {
    member: given(report.member, 'member'),
    version,
    state: STATES.find((state) => state === report.state) ?? 'live',
    now,
    uptimeMs,
    ring: ringFromWire(given(report.ring, 'ring')),
    shares,
    suspects,
    process: processFromWire(given(report.process, 'process')),
    groups: report.groups.map(groupFromWire),
    limits,
  };
}

function processFromWire({ eventLoopDelayMs, logLevel, ...rest }: admin.ProcessReport): ProcessReport {
  const { p50, p99, max } = given(eventLoopDelayMs, 'event loop delay');
  return {
    ...rest,
    eventLoopDelayMs: { p50, p99, max },
    logLevel: logLevel === '' ? undefined : levelFromWire(logLevel),
  };
}

export function levelFromWire(level: string): LogLevel {
  return LOG_LEVELS.find((known) => known === level) ?? 'info';
}

function groupFromWire(group: admin.GroupReport): GroupReport {
  const { name, choice } = given(group.policy, 'policy');
  const { loads, fetches } = given(group.flights, 'flights');
  return {
    ...statsFromWire(given(group.stats, 'stats')),
    policy: { name, choice },
    loadMs: percentilesFromWire(group.loadMs),
    fetchMs: percentilesFromWire(group.fetchMs),
    missRatioCurve: group.missRatioCurve.map(({ bytes, missRatio }) => ({ bytes, missRatio })),
    flights: { loads, fetches },
    failures: group.failures.map(({ at, key, code, message, ms }) => ({
      at,
      key,
      code: toErrorCode(code),
      message,
      ms,
    })),
  };
}

function statsFromWire({ removals, hitRatioAt, ...rest }: admin.GroupStats): GroupStats {
  const counted = REMOVAL_CAUSES.map((cause) => [cause, removals[cause] ?? 0]);
  return {
    ...rest,
    removals: Object.fromEntries(counted) as Record<RemovalCause, number>,
    hitRatioAt: hitRatioAt && { half: hitRatioAt.half, now: hitRatioAt.now, twice: hitRatioAt.twice },
  };
}

function percentilesFromWire(percentiles: admin.Percentiles | undefined): Percentiles | undefined {
  if (percentiles === undefined) return undefined;
  const { count, p50, p90, p99, max } = percentiles;
  return { count, p50, p90, p99, max };
}

/** @throws {CacheError} `unavailable`: it tells of no owner. */
export function keyFromWire({ owner, successor, held, ...rest }: admin.InspectResponse): KeyReport {
  return { ...rest, owner: given(owner, 'owner'), successor, held: held && heldFromWire(held) };
}

function heldFromWire({ preview, ageMs, ttlMs, ...held }: admin.Held): HeldReport {
  return {
    in: held.in === 'hot' ? 'hot' : 'main',
    absent: held.absent,
    ageMs,
    ttlMs,
    version: held.version,
    bytes: held.bytes,
    previewBase64: preview.toString('base64'),
  };
}

export function flightsFromWire({ flights }: admin.FlightsResponse): FlightReport[] {
  return flights.map(({ group, key, kind, ageMs, waiting }) => {
    return { group, key, kind: kind === 'fetch' ? 'fetch' : 'load', ageMs, waiting };
  });
}

function given<T>(part: T | undefined, what: string): T {
  if (part !== undefined) return part;
  throw new CacheError('unavailable', `the answer is none of a ringcache member's: it tells of no ${what}`);
}
