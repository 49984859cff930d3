// What Admin answers, as its messages carry it: plain fields under the same names, so that most of it is a copy.

import type {
  FlightReport,
  GroupReport,
  GroupStats,
  KeyReport,
  Member,
  MemberReport,
  RingView,
} from '@ringcache/cache-core';
import type { admin } from '@ringcache/proto';

export function memberToWire({ id, grpc, http, weight }: Member): admin.Member {
  return { id, grpc, http, weight };
}

export function ringToWire({ self, members, dialect, replicas, fingerprint, stale }: RingView): admin.MembersResponse {
  return { self, members: members.map(memberToWire), ring: fingerprint, dialect, replicas, stale };
}

export function statsToWire(stats: GroupStats): admin.GroupStats {
  return { ...stats, removals: { ...stats.removals } };
}

export function reportToWire(report: MemberReport): admin.ReportResponse {
  const { process } = report;
  return {
    ...report,
    member: memberToWire(report.member),
    ring: ringToWire(report.ring),
    shares: { ...report.shares },
    suspects: [...report.suspects],
    process: { ...process, eventLoopDelayMs: { ...process.eventLoopDelayMs }, logLevel: process.logLevel ?? '' },
    groups: report.groups.map(groupToWire),
    limits: report.limits.map((each) => ({ ...each })),
  };
}

function groupToWire(group: GroupReport): admin.GroupReport {
  return {
    stats: statsToWire(group),
    policy: { ...group.policy },
    loadMs: group.loadMs && { ...group.loadMs },
    fetchMs: group.fetchMs && { ...group.fetchMs },
    missRatioCurve: group.missRatioCurve.map((point) => ({ ...point })),
    flights: { ...group.flights },
    failures: group.failures.map((failure) => ({ ...failure })),
  };
}

export function keyToWire({ owner, successor, held, ...report }: KeyReport): admin.InspectResponse {
  return {
    ...report,
    owner: memberToWire(owner),
    successor: successor && memberToWire(successor),
    held: held && { ...held, preview: Buffer.from(held.previewBase64, 'base64') },
  };
}

export function flightsToWire(flights: readonly FlightReport[]): admin.FlightsResponse {
  return { flights: flights.map((flight) => ({ ...flight })) };
}
