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
  policy: z.enum(POLICY_NAMES as [string, ...string[]]).default('lru'),
  maxBytes: bytes({ min: '1MiB', max: '1TiB' }).default(64 * 1024 * 1024),
  maxEntries: z.number().int().min(1).optional(),
  /** 0: for ever. */
  ttl: duration({ max: '24d' }).default(0),
  ttlJitter: z.number().min(0).max(1).default(0.1),
  /** How long "no such key" is remembered; 0: not at all. */
  negativeTtl: duration({ max: '1h' }).default(0),
  /** How long after its expiry a value is given while it is loaded again in the background. */
  staleWhileRevalidate: duration({ max: '24d' }).default(0),
  /** How long after its expiry a value is given in place of a load that fails. */
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
  hotAfterFetches: z.number().int().min(1).max(255).default(3),
  /** How long a load, or a fetch with all it falls back to, may take. */
  flightTimeout: duration({ min: '10ms', max: '10m' }).default(5_000),
});

export const schema = z.strictObject({
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
  peerTransport: z.enum(['grpc', 'http']).default('grpc'),
  maxValueBytes: bytes({ min: '1KiB', max: '64MiB' }).default(4 * 1024 * 1024),
  groups: z.record(z.string().min(1).max(256), group).default({}),
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

export type NodeConfig = z.output<typeof schema>;
export type GroupConfig = NodeConfig['groups'][string];
export type OriginConfig = GroupConfig['origin'];
export type AskingLimits = Omit<Exclude<OriginConfig, { type: 'none' }>, 'type'>;

/** Environment variables, and where in the configuration each belongs. */
export const ENVIRONMENT = {
  RINGCACHE_ID: 'member.id',
  RINGCACHE_GRPC: 'member.grpc',
  RINGCACHE_HTTP: 'member.http',
  RINGCACHE_WEIGHT: 'member.weight',
  RINGCACHE_LISTEN_GRPC: 'listen.grpc',
  RINGCACHE_LISTEN_HTTP: 'listen.http',
  RINGCACHE_CLUSTER: 'discovery.cluster',
  RINGCACHE_DISCOVERY_TYPE: 'discovery.type',
  ETCD_HOSTS: 'discovery.hosts',
  ETCD_USER: 'discovery.user',
  ETCD_PASSWORD: 'discovery.password',
  RINGCACHE_TTL: 'discovery.ttl',
  RINGCACHE_DIALECT: 'ring.dialect',
  RINGCACHE_PEER_TRANSPORT: 'peerTransport',
  LOG_LEVEL: 'log.level',
  LOG_FORMAT: 'log.format',
} as const;

/** @throws {ConfigError} naming every value that is bad and every key that is unknown. */
export function readConfig(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv = process.env,
): NodeConfig {
  return loadConfig(schema, { file, env, envNames: ENVIRONMENT, flags });
}

/** The configuration as it may be shown: secrets as `***`. */
export function printable(config: NodeConfig): unknown {
  return redacted(config, schema);
}
