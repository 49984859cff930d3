import { availableParallelism } from 'node:os';
import {
  bytes,
  clusterName,
  duration,
  listenAddress,
  loadConfig,
  logSchema,
  memberAddress,
  memberDiscoverySchema,
  redacted,
  tracingSchema,
} from '@ringcache/config';
import { DIALECTS } from '@ringcache/hashring';
import { z } from 'zod';

import { accessSchema } from './access-schema.js';
import { groupMemory } from './group-memory.js';
import { groupSchema } from './group-schema.js';
import { membersProblems } from './members-problems.js';
import { observedMemberProblems } from './observed-member-problems.js';
import { ringProblems } from './ring-problems.js';

/** The exit code of a process that cannot use its configuration: to start it again would change nothing. */
export const BAD_CONFIG = 2;

const MAX_PROCESSES = 1_000; // over the cores of any machine, and under what a slip of two zeros asks of one
const PROCESSES = `must be a whole number from 1 to ${MAX_PROCESSES}, or auto`;

const processes = z
  .union([z.number(), z.string()], { error: PROCESSES })
  .transform((input, context) => {
    if (input === 'auto') return Math.min(availableParallelism(), MAX_PROCESSES);
    const count = typeof input === 'number' || /^\d+$/.test(input) ? Number(input) : 0;
    if (Number.isInteger(count) && count >= 1 && count <= MAX_PROCESSES) return count;
    context.addIssue({ code: 'custom', message: PROCESSES });
    return z.NEVER;
  })
  .meta({ title: `whole number, 1 to ${MAX_PROCESSES}, or \`auto\`` });

const node = z.strictObject({
  processes: processes
    .default(1)
    .describe(
      'Members to run on this machine, each a process of its own; `auto`: one per core. Member i, from 0, has the ports of ' +
        '`member` and `listen` plus i × `portStep`, `-i` after an id that is given, and the folder `i` within `dumpDir`. ' +
        "All else, limits too, is each one's own.",
    ),
  portStep: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe('From the ports of one of them to those of the next.'),
  member: z
    .strictObject({
      cluster: clusterName
        .default('dev')
        .describe(
          'Members of one cluster make one ring, and refuse those of another. With etcd it is also the name there.',
        ),
      id: z.string().min(1).max(256).optional().describe('What the ring hashes. Default: the gRPC address.'),
      grpc: memberAddress
        .or(z.literal(''))
        .default('localhost:9999')
        .describe(
          "Where other members and clients reach this one over gRPC; `''`: not at all; port 0: any that is free.",
        ),
      http: memberAddress.or(z.literal('')).default('localhost:8081').describe('The same over HTTP.'),
      weight: z
        .number()
        .positive()
        .max(1_000)
        .default(1)
        .describe('Its share of the keys, beside those of other members.'),
    })
    .prefault({})
    .describe('What this node is to the others.'),
  listen: z
    .strictObject({
      grpc: listenAddress.optional().describe('Default: `member.grpc`.'),
      http: listenAddress.optional().describe('Default: `member.http`.'),
    })
    .prefault({})
    .describe("Where to listen, if not at the member's addresses."),
  discovery: memberDiscoverySchema,
  ring: z
    .strictObject({
      dialect: z
        .enum(DIALECTS as [string, ...string[]])
        .default('ringcache')
        .describe(
          'How keys and members are hashed; the same on all. Those but `ringcache` agree with the program of that name.',
        ),
      replicas: z
        .number()
        .int()
        .min(1)
        .max(65_536)
        .optional()
        .describe("Points on the ring of a member of weight 1; the same on all. Default: the dialect's."),
      handoff: duration({ max: '5m' })
        .default(10_000)
        .describe(
          'For how long after a change owners before it are asked ahead of the origin, and a node that leaves stays to answer.',
        ),
    })
    .prefault({})
    .describe('Who owns which keys.'),
  tls: z
    .strictObject({
      cert: z.string().min(1).describe("Good for the host of the member's addresses, as server and as client."),
      key: z.string().min(1).describe('Its key, without a passphrase.'),
      ca: z.string().min(1).optional().describe('By whom certificates of members and clients are signed.'),
      clientAuth: z
        .enum(['none', 'optional', 'required'])
        .optional()
        .describe(
          'Whether clients show certificates: none is asked for, those that are shown are verified, nobody comes without.',
        ),
    })
    .superRefine(({ ca, clientAuth }, context) => {
      if (ca !== undefined || clientAuth === undefined || clientAuth === 'none') return;
      context.addIssue({ code: 'custom', path: ['ca'], message: `is required where clientAuth is ${clientAuth}` });
    })
    .optional()
    .describe(
      'Of both servers, and of the way to other members; the files are watched. Paths of PEM files. Left out: no TLS.',
    ),
  requireTls: z
    .boolean()
    .default(false)
    .describe('Refuse to listen beyond loopback without TLS, or with nothing that tells members from others.'),
  access: accessSchema.prefault({}).describe('Who may come in, and how often.'),
  peerTransport: z.enum(['grpc', 'http']).default('grpc').describe('How this member asks the others.'),
  maxValueBytes: bytes({ min: '1KiB', max: '64MiB' })
    .default(4 * 1024 * 1024)
    .describe('The largest value; a larger one is `too_large`.'),
  groups: z
    .record(z.string().min(1).max(256), groupSchema)
    .default({})
    .describe('What is cached: each group has keys, an origin and limits of its own. The same names on all members.'),
  budgetBytes: bytes({ min: '1MiB', max: '16TiB' })
    .optional()
    .describe(
      'Memory of all groups together, which moves to the one that wins most hits by it. Default: each keeps its own.',
    ),
  budgetInterval: duration({ min: '10ms', max: '1h' }).default(10_000).describe('How often a 64th of it may move.'),
  dumpDir: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Where groups with `warmRestart` are written at the end: a folder of this node's own; relative to the config file.",
    ),
  log: logSchema,
  tracing: tracingSchema('ringcache-node'),
  shutdown: z
    .strictObject({
      leaveTimeout: duration({ max: '1m' })
        .default(2_000)
        .describe('How long a node that leaves waits for the others to know.'),
      timeout: duration({ min: '100ms', max: '10m' })
        .default(15_000)
        .describe('How long all of a shutdown may take; then the process ends with exit code 1.'),
    })
    .prefault({})
    .describe('How a node ends after SIGTERM or SIGINT.'),
});

export const schema = node.superRefine((config, context) => {
  const { access, tls, groups, dumpDir } = config;
  const problems = [...membersProblems(config), ...observedMemberProblems(config), ...ringProblems(config)];
  for (const problem of problems) context.addIssue({ code: 'custom', ...problem });
  for (const [name, { minBytes }] of Object.entries(groups)) {
    if (minBytes === undefined || config.budgetBytes !== undefined) continue;
    context.addIssue({
      code: 'custom',
      path: ['groups', name, 'minBytes'],
      message: 'means nothing without budgetBytes',
    });
  }
  try {
    groupMemory(config);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: 'custom', path: ['budgetBytes'], message: `is too small: ${error.message}` });
  }
  if (dumpDir === undefined && Object.values(groups).some(({ warmRestart }) => warmRestart)) {
    context.addIssue({ code: 'custom', path: ['dumpDir'], message: 'is required where a group has warmRestart' });
  }
  const knowsMembers = access.peerToken !== undefined || (access.peerNames ?? tls?.ca) !== undefined;
  if (access.tokens.length === 0 || knowsMembers) return;
  const message =
    'is required where there are tokens, or tls.ca is: else anybody is taken for a member, and needs none';
  context.addIssue({ code: 'custom', path: ['access', 'peerToken'], message });
});

/** As given, with defaults: what a file, the environment and flags come to. */
export type Settings = z.output<typeof node>;
/** As configured, with the limits that follow from all groups together. */
export type GroupConfig = Settings['groups'][string] & { maxBytes: number };
export type NodeConfig = Omit<Settings, 'groups'> & { groups: Record<string, GroupConfig> };
export type OriginConfig = GroupConfig['origin'];
export type AskingLimits = Omit<Exclude<OriginConfig, { type: 'none' }>, 'type'>;

/** Environment variables, and where in the configuration each belongs. */
export const ENVIRONMENT = {
  RINGCACHE_CLUSTER: 'member.cluster',
  RINGCACHE_ID: 'member.id',
  RINGCACHE_GRPC: 'member.grpc',
  RINGCACHE_HTTP: 'member.http',
  RINGCACHE_WEIGHT: 'member.weight',
  RINGCACHE_PROCESSES: 'processes',
  RINGCACHE_PORT_STEP: 'portStep',
  RINGCACHE_LISTEN_GRPC: 'listen.grpc',
  RINGCACHE_LISTEN_HTTP: 'listen.http',
  RINGCACHE_DISCOVERY_TYPE: 'discovery.type',
  RINGCACHE_DNS_NAME: 'discovery.name',
  RINGCACHE_SERVICE: 'discovery.service',
  ETCD_HOSTS: 'discovery.hosts',
  ETCD_USER: 'discovery.user',
  ETCD_PASSWORD: 'discovery.password',
  ETCD_CA: 'discovery.tls.ca',
  ETCD_CERT: 'discovery.tls.cert',
  ETCD_KEY: 'discovery.tls.key',
  RINGCACHE_TTL: 'discovery.ttl',
  RINGCACHE_DUMP_DIR: 'dumpDir',
  RINGCACHE_BUDGET_BYTES: 'budgetBytes',
  RINGCACHE_DIALECT: 'ring.dialect',
  RINGCACHE_PEER_TRANSPORT: 'peerTransport',
  RINGCACHE_TLS_CERT: 'tls.cert',
  RINGCACHE_TLS_KEY: 'tls.key',
  RINGCACHE_TLS_CA: 'tls.ca',
  RINGCACHE_TLS_CLIENT_AUTH: 'tls.clientAuth',
  RINGCACHE_REQUIRE_TLS: 'requireTls',
  RINGCACHE_PEER_TOKEN: 'access.peerToken',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'tracing.endpoint',
  RINGCACHE_TRACING_ENDPOINT: 'tracing.endpoint',
  RINGCACHE_TRACING_SAMPLE_RATIO: 'tracing.sampleRatio',
  OTEL_SERVICE_NAME: 'tracing.serviceName',
  OTEL_BSP_SCHEDULE_DELAY: 'tracing.delay',
  LOG_LEVEL: 'log.level',
  LOG_FORMAT: 'log.format',
} as const;

/** Settings that the command line has, and what it calls them. */
export const FLAGS = {
  'member.cluster': '--cluster',
  'member.id': '--id',
  'member.grpc': '--grpc',
  'member.http': '--http',
  processes: '--processes',
  portStep: '--port-step',
  'log.level': '--log-level',
  'log.format': '--log-format',
} as const;

/** @throws {ConfigError} naming every value that is bad and every key that is unknown. */
export function readSettings(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv = process.env,
): Settings {
  return loadConfig(schema, { file, env, envNames: ENVIRONMENT, flags, flagNames: FLAGS });
}

/** Settings with the limits that follow from them. */
export function nodeConfig(settings: Settings): NodeConfig {
  const groups = groupMemory(settings).map(({ name, ...limits }) => [name, { ...settings.groups[name]!, ...limits }]);
  return { ...settings, groups: Object.fromEntries(groups) };
}

/** Both. @throws {ConfigError} as {@link readSettings} does. */
export function readConfig(...from: Parameters<typeof readSettings>): NodeConfig {
  return nodeConfig(readSettings(...from));
}

/** The configuration as it may be shown: secrets as `***`. */
export function printable(config: NodeConfig): unknown {
  return redacted(config, schema);
}
