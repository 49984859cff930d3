// Who is measured: a contender is a client's way to ask one of the systems.

/** What servers a contender needs. */
export const SYSTEMS = ['ringcache', 'redis', 'memcached', 'groupcache'] as const;

export type System = (typeof SYSTEMS)[number];

export const CONTENDERS = {
  'ringcache-owner': { system: 'ringcache', about: 'three nodes; the client asks the owner of a key' },
  'ringcache-round-robin': {
    system: 'ringcache',
    about: 'three nodes in turn; two of three ask the owner, or hold a copy',
  },
  'ioredis-auto': { system: 'redis', about: 'one redis-server behind ioredis with enableAutoPipelining' },
  ioredis: { system: 'redis', about: 'the same without it' },
  memjs: { system: 'memcached', about: 'one memcached behind memjs' },
  groupcache: {
    system: 'groupcache',
    about: 'three Go processes in turn, over HTTP by undici with as many connections as callers',
  },
} as const satisfies Record<string, { system: System; about: string }>;

export type ContenderName = keyof typeof CONTENDERS;

export const CONTENDER_NAMES = Object.keys(CONTENDERS) as ContenderName[];

export function isOurs(name: ContenderName): boolean {
  return CONTENDERS[name].system === 'ringcache';
}
