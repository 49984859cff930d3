import { fileURLToPath } from 'node:url';
import { discoverySchema, duration, loadConfig, memberSchema } from '@ringcache/config';
import { MAX_TTL_MS, MIN_TTL_MS } from '@ringcache/discovery';
import { z } from 'zod';

const DEFAULT_FILE = fileURLToPath(new URL('../config.yaml', import.meta.url));
const MAX_MEMBERS = 1_000;

const schema = z.strictObject({
  discovery: discoverySchema.refine(({ type }) => type === 'etcd', 'must be of type etcd: no other can be edited'),
  /** Written by `put` with no arguments, and by id. */
  members: z.array(memberSchema).max(MAX_MEMBERS).refine(haveUniqueIds, 'must have unique ids').default([]),
  /** Of the command line: the one member to put. */
  member: memberSchema.optional(),
  /** Without it, members stay until they are deleted. */
  ttl: duration({ min: MIN_TTL_MS, max: MAX_TTL_MS }).optional(),
});

export type RegistrarConfig = z.output<typeof schema>;

export const ENVIRONMENT = {
  ETCD_HOSTS: 'discovery.hosts',
  ETCD_USER: 'discovery.user',
  ETCD_PASSWORD: 'discovery.password',
  ETCD_CA: 'discovery.tls.ca',
  ETCD_CERT: 'discovery.tls.cert',
  ETCD_KEY: 'discovery.tls.key',
  RINGCACHE_CLUSTER: 'discovery.cluster',
};

const FLAG_NAMES = {
  'discovery.hosts': '--etcd',
  'discovery.cluster': '--cluster',
  member: '<id>',
  'member.id': '<id>',
  'member.grpc': '--grpc',
  'member.http': '--http',
  'member.weight': '--weight',
  ttl: '--ttl',
};

/**
 * @param file by default the one of the development cluster, beside the program.
 * @param flags dotted path in the configuration to value; undefined: not given.
 * @throws {ConfigError} naming every flag, variable and line that is bad.
 */
export function readConfig(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv = process.env,
): RegistrarConfig {
  return loadConfig(schema, { file: file ?? DEFAULT_FILE, env, envNames: ENVIRONMENT, flags, flagNames: FLAG_NAMES });
}

function haveUniqueIds(members: readonly { readonly id: string }[]): boolean {
  return new Set(members.map(({ id }) => id)).size === members.length;
}
