// Which settings a running node takes from a configuration that it reads again, and which need a restart. Every setting of
// the schema is in one of the two, which a test holds.

import type { Setting } from '@ringcache/config';

/** Paths as the reference writes them: `<name>` is the name of a group. What is under them goes with them. */
export const RELOADABLE: readonly string[] = [
  'log.level',
  'access.tokens',
  'access.peerNames',
  'access.perClient',
  'access.perGroup',
  'access.maxInFlight',
  'access.shedAbove',
  'budgetBytes',
  'budgetInterval',
  'groups.<name>.origin.timeout',
  'groups.<name>.origin.attempts',
  'groups.<name>.origin.concurrency',
  'groups.<name>.origin.queue',
  'groups.<name>.origin.rate',
  'groups.<name>.origin.burst',
  'groups.<name>.rate',
  'groups.<name>.maxBytes',
  'groups.<name>.minBytes',
  'groups.<name>.maxEntries',
  'groups.<name>.ttl',
  'groups.<name>.ttlJitter',
  'groups.<name>.negativeTtl',
  'groups.<name>.staleWhileRevalidate',
  'groups.<name>.staleIfError',
  'groups.<name>.softTimeout',
  'groups.<name>.refreshAhead',
  'groups.<name>.refreshBackoff',
  'groups.<name>.hotTtl',
  'groups.<name>.hotAfterFetches',
];

/** What a node is made of: who it is, where it listens, what it connects to, and where it keeps what. */
export const NEEDS_RESTART: readonly string[] = [
  'processes',
  'portStep',
  'member',
  'listen',
  'discovery',
  'ring',
  'tls', // the paths: the files that they name are read again
  'requireTls',
  'access.peerToken', // open streams between members were opened with it
  'peerTransport',
  'maxValueBytes',
  'dumpDir',
  'log.format',
  'tracing',
  'tracing',
  'shutdown',
  'groups.<name>.origin', // all of it but its limits
  'groups.<name>.policy',
  'groups.<name>.store',
  'groups.<name>.hotShare',
  'groups.<name>.flightTimeout',
  'groups.<name>.warmRestart',
];

/** undefined: in neither list, as a map whose settings are told one by one, or a setting that somebody forgot. */
export function isReloadable(path: string): boolean | undefined {
  if (RELOADABLE.some((each) => isWithin(path, each))) return true;
  return NEEDS_RESTART.some((each) => isWithin(path, each)) ? false : undefined;
}

/** Settings in neither list, of which nothing below them is either. */
export function unlisted(settings: readonly Setting[]): string[] {
  const paths = settings.map(({ path }) => path).filter((path) => isReloadable(path) === undefined);
  const listed = [...RELOADABLE, ...NEEDS_RESTART];
  return paths.filter((path) => !listed.some((each) => each !== path && isWithin(each, path)));
}

function isWithin(path: string, map: string): boolean {
  return path === map || path.startsWith(`${map}.`) || path.startsWith(`${map}[`);
}
