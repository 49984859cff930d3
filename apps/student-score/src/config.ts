import {
  discoverySchema,
  duration,
  listenAddress,
  loadConfig,
  logSchema,
  secret,
  tlsSchema,
  tracingSchema,
} from '@ringcache/config';
import { z } from 'zod';

const URL_WANTED = 'must be "postgres://user:password@host:port/database"; DATABASE_URL sets it';

const schema = z.strictObject({
  /** Loopback by default: there is no authentication. */
  listen: listenAddress.default('localhost:50051'),
  database: z
    .strictObject({
      // Prefault, not default: what is missing is refused with the same words as what is wrong.
      url: secret()
        .regex(/^postgres(ql)?:\/\/./, URL_WANTED)
        .prefault(''),
      poolSize: z.number().int().min(1).max(200).default(10),
      /** For getting a connection, and again for each query, in ms. */
      timeout: duration({ min: '100ms', max: '1m' }).default(5_000),
      /** How long a start waits for the database, in ms. */
      wait: duration({ max: '1h' }).default(60_000),
    })
    .prefault({}),
  /** Where the cache is, to be told of changes. */
  discovery: discoverySchema.prefault({}),
  cache: z
    .strictObject({
      /** Of connections to its nodes: whom to trust, and what to show. Left out: no TLS. */
      tls: tlsSchema.optional(),
      /** Shown to its nodes: one that may write. */
      token: secret().optional(),
    })
    .prefault({}),
  /** Whether a start adds the sample students that are missing. */
  seed: z.boolean().default(true),
  log: logSchema,
  tracing: tracingSchema('student-score'),
});

export type StudentScoreConfig = z.output<typeof schema>;

/** Environment variables, and where in the configuration each belongs. */
export const ENVIRONMENT = {
  STUDENT_SCORE_LISTEN: 'listen',
  DATABASE_URL: 'database.url',
  DATABASE_POOL_SIZE: 'database.poolSize',
  RINGCACHE_CLUSTER: 'discovery.cluster',
  RINGCACHE_DISCOVERY_TYPE: 'discovery.type',
  ETCD_HOSTS: 'discovery.hosts',
  ETCD_USER: 'discovery.user',
  ETCD_PASSWORD: 'discovery.password',
  ETCD_CA: 'discovery.tls.ca',
  ETCD_CERT: 'discovery.tls.cert',
  ETCD_KEY: 'discovery.tls.key',
  RINGCACHE_TOKEN: 'cache.token',
  RINGCACHE_TLS_CA: 'cache.tls.ca',
  RINGCACHE_TLS_CERT: 'cache.tls.cert',
  RINGCACHE_TLS_KEY: 'cache.tls.key',
  STUDENT_SCORE_SEED: 'seed',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'tracing.endpoint',
  RINGCACHE_TRACING_ENDPOINT: 'tracing.endpoint',
  OTEL_SERVICE_NAME: 'tracing.serviceName',
  OTEL_BSP_SCHEDULE_DELAY: 'tracing.delay',
  LOG_LEVEL: 'log.level',
  LOG_FORMAT: 'log.format',
} as const;

/** @throws {ConfigError} naming every value that is bad, missing or unknown. */
export function readConfig(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv = process.env,
): StudentScoreConfig {
  return loadConfig(schema, { file, env, envNames: ENVIRONMENT, flags });
}
