import type { Admin, FlightReport, KeyReport, LogLevel, MemberReport } from './admin.js';
import { CacheError } from './errors.js';
import { ofNoProcess } from './member.js';
import { type CacheNode, groupOf } from './node.js';
import type { Operator } from './operator.js';

export const LOG_LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

const MOST_HOT_KEYS = 1_000;
const MOST_FLIGHTS = 1_000;

/** The {@link Admin} of a node in this process. */
export function localAdmin(node: CacheNode, operator: Operator): Admin {
  return {
    report: async () => reportOf(node, operator),
    inspect: async (group, key) => inspected(node, group, key),
    hotKeys: async (group, limit) => groupOf(node, group).hotKeys(checkLimit(limit)),
    flights: async () => oldestFlights(node),
    drain: async () => operator.drain(),
    logLevel: async (level) => operator.logLevel(level === undefined ? undefined : checkLevel(level)),
    config: async () => operator.config(),
    reload: async (options) => operator.reload(options?.dryRun ?? false),
  };
}

function reportOf({ peers, groups }: CacheNode, operator: Operator): MemberReport {
  const now = operator.now();
  const { ring } = peers;
  const shares = ring.shares();
  return {
    member: ofNoProcess(peers.self),
    version: operator.version,
    state: operator.state(),
    now,
    uptimeMs: operator.uptimeMs(),
    ring: peers.view(),
    shares: Object.fromEntries(ring.members.map(({ id }, i) => [id, shares[i]!])),
    suspects: peers.breakers.suspects(),
    process: operator.process(),
    groups: [...groups.values()].map((group) => group.report(now)),
    limits: [...peers.limits(), ...[...groups.values()].flatMap((group) => group.limits())],
  };
}

function inspected(node: CacheNode, name: string, key: string): KeyReport {
  const group = groupOf(node, name);
  const held = group.inspect(key); // checks the key
  const { ring } = node.peers;
  const { hash, point } = ring.locate(key);
  const [owner, successor] = ring.owners(key, 2).map(ofNoProcess);
  return { group: name, key, hash, point, at: ring.placeOf(key), owner: owner!, successor, held };
}

function oldestFlights({ groups }: CacheNode): FlightReport[] {
  const flights = [...groups.values()].flatMap((group) => group.flightReports(MOST_FLIGHTS));
  return flights.sort((a, b) => b.ageMs - a.ageMs).slice(0, MOST_FLIGHTS);
}

function checkLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MOST_HOT_KEYS) return limit;
  throw new CacheError('invalid_argument', `limit must be a whole number from 1 to ${MOST_HOT_KEYS}, got ${limit}`);
}

/** Levels come over wires, from strangers. */
function checkLevel(level: string): LogLevel {
  const known = LOG_LEVELS.find((each) => each === level);
  if (known !== undefined) return known;
  const told = JSON.stringify(level.slice(0, 20));
  throw new CacheError('invalid_argument', `a log level is one of ${LOG_LEVELS.join(', ')}, not ${told}`);
}
