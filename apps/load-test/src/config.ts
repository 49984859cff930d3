import { BALANCINGS } from '@ringcache/client';
import { address, discoverySchema, duration, loadConfig, secret, tlsSchema, tracingSchema } from '@ringcache/config';
import { z } from 'zod';

const schema = z.strictObject({
  discovery: discoverySchema.prefault({}),
  /** Asked who the members are, in place of discovery. */
  nodes: z.array(address).max(100).default([]),
  group: z.string().min(1).default('scores'),
  transport: z.enum(['grpc', 'http']).default('grpc'),
  /** Of connections to nodes. Left out: no TLS. */
  tls: tlsSchema.optional(),
  /** Shown to nodes with every call. */
  token: secret().optional(),
  balancing: z.enum(BALANCINGS as [string, ...string[]]).default('owner'),
  timeout: duration({ min: '1ms', max: '10m' }).default(5_000),
  json: z.boolean().default(false),
  tracing: tracingSchema('ringcache-load-test'),
  loop: z
    .strictObject({
      /** 0: until it is interrupted. */
      count: z.number().int().min(0).default(0),
      interval: duration({ max: '1h' }).default(200),
    })
    .prefault({}),
  bench: z
    .strictObject({
      duration: duration({ min: '100ms', max: '24h' }).default(10_000),
      concurrency: z.number().int().min(1).max(100_000).default(64),
      /** Requests a second at set times, however long answers take; 0: as fast as the callers get answers. */
      rate: z.number().min(0).max(10_000_000).default(0),
      keys: z.number().int().min(1).max(1_000_000).default(1_000),
      distribution: z.enum(['zipf', 'uniform']).default('zipf'),
    })
    .prefault({}),
});

export type LoadTestConfig = z.output<typeof schema>;

const ENVIRONMENT = {
  ETCD_HOSTS: 'discovery.hosts',
  ETCD_USER: 'discovery.user',
  ETCD_PASSWORD: 'discovery.password',
  ETCD_CA: 'discovery.tls.ca',
  ETCD_CERT: 'discovery.tls.cert',
  ETCD_KEY: 'discovery.tls.key',
  RINGCACHE_CLUSTER: 'discovery.cluster',
  RINGCACHE_NODES: 'nodes',
  RINGCACHE_TOKEN: 'token',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'tracing.endpoint',
  RINGCACHE_TRACING_ENDPOINT: 'tracing.endpoint',
  RINGCACHE_TRACING_SAMPLE_RATIO: 'tracing.sampleRatio',
  RINGCACHE_TLS_CA: 'tls.ca',
  RINGCACHE_TLS_CERT: 'tls.cert',
  RINGCACHE_TLS_KEY: 'tls.key',
};

/** @throws {ConfigError} naming every flag or variable that is bad. */
export function readConfig(flags: Readonly<Record<string, unknown>>): LoadTestConfig {
  return loadConfig(schema, { env: process.env, envNames: ENVIRONMENT, flags });
}
