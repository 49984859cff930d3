import { availableParallelism } from 'node:os';
import { MIN_TOKEN_CHARS } from '@ringcache/access';
import {
  address,
  bytes,
  discoverySchema,
  duration,
  listenAddress,
  loadConfig,
  logSchema,
  redacted,
  secret,
} from '@ringcache/config';
import { DIALECTS } from '@ringcache/hashring';
import { POLICY_NAMES } from '@ringcache/policies';
import { z } from 'zod';

import { groupMemory } from './group-memory.js';
import { membersProblems } from './members-problems.js';

/** What keeps an origin from being asked too much, too long, or in vain for ever. */
const askingLimits = {
  /** How long one attempt may take. */
  timeout: duration({ min: '1ms', max: '5m' }).default(2_000),
  /** Attempts at most; those after the first follow a failure that another try may mend, after a pause with jitter. */
  attempts: z.number().int().min(1).max(10).default(3),
  /** Attempts at one time. */
  concurrency: z.number().int().min(1).max(10_000).default(64),
  /** Loads that wait for their turn; more are refused as overloaded. */
  queue: z.number().int().min(0).max(1_000_000).default(1_000),
  /** Attempts a second (a token bucket); 0: no limit. */
  rate: z.number().min(0).max(1_000_000).default(0),
  /** How many attempts may come at once after a quiet time, where there is a rate. */
  burst: z.number().int().min(1).max(1_000_000).default(100),
};

/** Keys a second; 0: no limit. Burst: keys at once after a quiet time, by default a second's. */
const rate = z.strictObject({
  perSecond: z.number().min(0).max(100_000_000).default(0),
  burst: z.number().int().min(1).max(100_000_000).optional(),
});

const token = secret().min(MIN_TOKEN_CHARS, `must have at least ${MIN_TOKEN_CHARS} characters`);

/** Who may come in, and how often. */
const access = z.strictObject({
  /** What clients send as `Authorization: Bearer …`, and what each may do. None: everybody may do everything. */
  tokens: z
    .array(
      z.strictObject({
        token,
        /** `write` may read too, `admin` may also clear a group and see what the node counts. */
        role: z.enum(['read', 'write', 'admin']),
        /** Default: all groups. */
        groups: z.array(z.string().min(1)).optional(),
      }),
    )
    .default([]),
  /** What members send each other; the same on all. */
  peerToken: token.optional(),
  /**
   * Names of which a member's certificate has one; `*.` stands for one label, `*` for any name. Default: any, if there is a
   * tls.ca to verify it by and no peerToken.
   */
  peerNames: z.array(z.string().min(1)).optional(),
  /** For each client: by its token, or its address where it sends none. */
  perClient: rate.prefault({}),
  /** For each group, all clients together, unless the group says otherwise. */
  perGroup: rate.prefault({}),
  /** Keys that clients wait for at a time; those over it are refused. */
  maxInFlight: z.number().int().min(1).max(10_000_000).default(10_000),
  /** How late the event loop may be, all the time, until a part of the requests is refused; 0: whatever it is. */
  shedAbove: duration({ max: '1m' }).default(200),
});

const origin = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('grpc'),
    /** `host:port` of a service that implements ringcache.origin.v1.Origin. */
    target: address,
    /** The group's name as the origin knows it. Default: the same. */
    group: z.string().min(1).optional(),
    ...askingLimits,
  }),
  z.strictObject({
    type: z.literal('http'),
    /** Where a GET answers the value of a key: `{key}` stands for the key, percent-encoded. 404 and 410: no such key. */
    url: z
      .string()
      .regex(/^https?:\/\//, 'must begin with http:// or https://')
      .regex(/\{key\}/, 'must have {key} where the key belongs'),
    /** Their values are never printed: they may be what lets this node in. */
    headers: z.record(z.string(), secret()).default({}),
    /** Take the time to live from the answer's Cache-Control: max-age, where it has one. */
    useMaxAge: z.boolean().default(true),
    ...askingLimits,
  }),
  z.strictObject({
    type: z.literal('module'),
    /** A JavaScript file whose default export, or `load`, is a loader; relative to the config file. */
    path: z.string().min(1),
    ...askingLimits,
  }),
  z.strictObject({ type: z.literal('none') }),
]);

const group = z.strictObject({
  origin,
  /** In place of access.perGroup. */
  rate: rate.optional(),
  policy: z.enum(POLICY_NAMES as [string, ...string[]]).default('auto'),
  /** Where values are kept: outside the garbage collector's sight, or as JavaScript values, quicker for some thousands. */
  store: z.enum(['slabs', 'heap']).default('slabs'),
  /** Default: 64 MiB; with budgetBytes, where it begins, and by default an even part of what the others leave. */
  maxBytes: bytes({ min: '1MiB', max: '1TiB' }).optional(),
  /** With budgetBytes: what maxBytes is never brought below. Default: an eighth of where it begins. */
  minBytes: bytes({ min: '64KiB', max: '1TiB' }).optional(),
  maxEntries: z.number().int().min(1).optional(),
  /** 0: for ever. */
  ttl: duration({ max: '24d' }).default(0),
  ttlJitter: z.number().min(0).max(1).default(0.1),
  /** How long "no such key" is remembered; 0: not at all. */
  negativeTtl: duration({ max: '1h' }).default(0),
  /** How long after its expiry a value is given while it is loaded again in the background. */
  staleWhileRevalidate: duration({ max: '24d' }).default(0),
  /** How long after its expiry a value is given in place of a load that fails, or takes most of its caller's time. */
  staleIfError: duration({ max: '24d' }).default(0),
  /** How long such a load may take until the expired value is given, while it goes on; 0: as it takes. */
  softTimeout: duration({ max: '10m' }).default(0),
  /** An entry that is read so short a time before it expires is loaded again in the background. */
  refreshAhead: duration({ max: '24d' }).default(0),
  /** How long a copy of another member's entry lives; 0: no copies. */
  hotTtl: duration({ max: '1h' }).default(10_000),
  hotShare: z
    .number()
    .min(0.001)
    .max(0.999)
    .default(1 / 8),
  hotAfterFetches: z.number().int().min(1).max(255).default(2),
  /** How long a load, or a fetch with all it falls back to, may take. */
  flightTimeout: duration({ min: '10ms', max: '10m' }).default(5_000),
  /**
   * Begin with what this node held before it was restarted, which has missed the writes made meanwhile: only for values that do
   * not change, or that may be as old as their ttl says. Needs dumpDir.
   */
  warmRestart: z.boolean().default(false),
});

/** The exit code of a process that cannot use its configuration: to start it again would change nothing. */
export const BAD_CONFIG = 2;

const MAX_PROCESSES = 1_000; // over the cores of any machine, and under what a slip of two zeros asks of one
const PROCESSES = `must be a whole number from 1 to ${MAX_PROCESSES}, or auto`;

const processes = z.union([z.number(), z.string()], { error: PROCESSES }).transform((input, context) => {
  if (input === 'auto') return Math.min(availableParallelism(), MAX_PROCESSES);
  const count = typeof input === 'number' || /^\d+$/.test(input) ? Number(input) : 0;
  if (Number.isInteger(count) && count >= 1 && count <= MAX_PROCESSES) return count;
  context.addIssue({ code: 'custom', message: PROCESSES });
  return z.NEVER;
});

const node = z.strictObject({
  /**
   * Members to run on this machine, each a process of its own; `auto`: one per core. Member i, from 0, has the ports below plus
   * i × portStep, `-i` after an id that is given, and the folder `i` within dumpDir. All else, limits too, is each one's own.
   */
  processes: processes.default(1),
  portStep: z.number().int().min(1).max(10_000).default(1),
  member: z
    .strictObject({
      /** What the ring hashes. Default: the gRPC address. */
      id: z.string().min(1).max(256).optional(),
      /** Where the other members and clients reach this one; '' for none; port 0: any. */
      grpc: listenAddress.or(z.literal('')).default('localhost:9999'),
      http: listenAddress.or(z.literal('')).default('localhost:8081'),
      weight: z.number().positive().max(1_000).default(1),
    })
    .prefault({}),
  /** Where to listen, if not at the member's addresses. */
  listen: z.strictObject({ grpc: listenAddress.optional(), http: listenAddress.optional() }).prefault({}),
  discovery: discoverySchema.prefault({}),
  ring: z
    .strictObject({
      dialect: z.enum(DIALECTS as [string, ...string[]]).default('ringcache'),
      replicas: z.number().int().min(1).max(65_536).optional(),
      /** For how long after a change owners before it are asked ahead of the origin, and a node that leaves stays to answer. */
      handoff: duration({ max: '5m' }).default(10_000),
    })
    .prefault({}),
  /** Of both servers, and of the way to other members; the files are watched. Paths of PEM files. Left out: no TLS. */
  tls: z
    .strictObject({
      /** Good for the host of the member's addresses, as server and as client. */
      cert: z.string().min(1),
      key: z.string().min(1),
      /** By whom certificates of members and clients are signed. */
      ca: z.string().min(1).optional(),
      /** Whether clients show certificates: none is asked for, those that are shown are verified, nobody comes without. */
      clientAuth: z.enum(['none', 'optional', 'required']).optional(),
    })
    .superRefine(({ ca, clientAuth }, context) => {
      if (ca !== undefined || clientAuth === undefined || clientAuth === 'none') return;
      context.addIssue({ code: 'custom', path: ['ca'], message: `is required where clientAuth is ${clientAuth}` });
    })
    .optional(),
  /** Refuse to listen beyond loopback without TLS, or with nothing that tells members from others. */
  requireTls: z.boolean().default(false),
  access: access.prefault({}),
  peerTransport: z.enum(['grpc', 'http']).default('grpc'),
  maxValueBytes: bytes({ min: '1KiB', max: '64MiB' }).default(4 * 1024 * 1024),
  groups: z.record(z.string().min(1).max(256), group).default({}),
  /** Memory of all groups together, which moves to the one that wins most hits by it. Default: each keeps its own. */
  budgetBytes: bytes({ min: '1MiB', max: '16TiB' }).optional(),
  /** How often a 64th of it may move. */
  budgetInterval: duration({ min: '10ms', max: '1h' }).default(10_000),
  /** Where groups with warmRestart are written at the end: a folder of this node's own; relative to the config file. */
  dumpDir: z.string().min(1).optional(),
  log: logSchema,
  shutdown: z
    .strictObject({
      /** How long a node that leaves waits for the others to know. */
      leaveTimeout: duration({ max: '1m' }).default(2_000),
      /** How long all of a shutdown may take; then the process ends with exit code 1. */
      timeout: duration({ min: '100ms', max: '10m' }).default(15_000),
    })
    .prefault({}),
});

export const schema = node.superRefine((config, context) => {
  const { access, tls, groups, dumpDir } = config;
  for (const problem of membersProblems(config)) context.addIssue({ code: 'custom', ...problem });
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

type Checked = z.output<typeof node>;
/** As configured, with the limits that follow from all groups together. */
export type GroupConfig = Checked['groups'][string] & { maxBytes: number };
export type NodeConfig = Omit<Checked, 'groups'> & { groups: Record<string, GroupConfig> };
export type OriginConfig = GroupConfig['origin'];
export type AskingLimits = Omit<Exclude<OriginConfig, { type: 'none' }>, 'type'>;

/** Environment variables, and where in the configuration each belongs. */
export const ENVIRONMENT = {
  RINGCACHE_ID: 'member.id',
  RINGCACHE_GRPC: 'member.grpc',
  RINGCACHE_HTTP: 'member.http',
  RINGCACHE_WEIGHT: 'member.weight',
  RINGCACHE_PROCESSES: 'processes',
  RINGCACHE_PORT_STEP: 'portStep',
  RINGCACHE_LISTEN_GRPC: 'listen.grpc',
  RINGCACHE_LISTEN_HTTP: 'listen.http',
  RINGCACHE_CLUSTER: 'discovery.cluster',
  RINGCACHE_DISCOVERY_TYPE: 'discovery.type',
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
  LOG_LEVEL: 'log.level',
  LOG_FORMAT: 'log.format',
} as const;

/** What the command line calls settings, where it is not by their path. */
const FLAGS = { 'member.id': '--id', 'member.grpc': '--grpc', 'member.http': '--http' };

/** @throws {ConfigError} naming every value that is bad and every key that is unknown. */
export function readConfig(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv = process.env,
): NodeConfig {
  const config = loadConfig(schema, { file, env, envNames: ENVIRONMENT, flags, flagNames: FLAGS });
  const groups = groupMemory(config).map(({ name, ...limits }) => [name, { ...config.groups[name]!, ...limits }]);
  return { ...config, groups: Object.fromEntries(groups) };
}

/** The configuration as it may be shown: secrets as `***`. */
export function printable(config: NodeConfig): unknown {
  return redacted(config, schema);
}
