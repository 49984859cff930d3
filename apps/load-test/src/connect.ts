import { type Balancing, type Client, createClient } from '@ringcache/client';
import { readPemFiles } from '@ringcache/config';
import { discoveryFrom } from '@ringcache/discovery';
import { tracingFrom } from '@ringcache/tracing';

import type { LoadTestConfig } from './config.js';

/** A client as configured, once it knows the members. @throws {CacheError} `unavailable`, saying where it looked. */
export async function connect(config: LoadTestConfig, onTrouble: (message: string) => void): Promise<OpenClient> {
  const { discovery: from, nodes, transport, timeout } = config;
  const told = new Set<string>(); // each trouble once: a member that is away is tried again and again
  const onError = ({ message }: Error) => {
    if (told.has(message) || told.size > 1_000) return;
    told.add(message);
    onTrouble(message);
  };
  const discovery = discoveryOf(config, onError);
  const tracing = await tracingFrom(config.tracing, { onProblem: onTrouble });
  const client = createClient({
    ...(nodes.length > 0 ? { nodes } : { discovery }),
    transport,
    tls: config.tls && readPemFiles(config.tls, 'tls'),
    token: config.token,
    balancing: config.balancing as Balancing,
    timeoutMs: timeout,
    tracing,
    onError,
  });
  const close = async () => {
    await client.close();
    await discovery?.close();
    await tracing?.close();
  };
  try {
    await client.ready(timeout);
  } catch (error) {
    await close();
    const where = nodes.length > 0 ? `nodes ${nodes}` : PLACES[from.type](from);
    throw new Error(`no members found through ${where} within ${timeout} ms`, { cause: error });
  }
  return { client, close };
}

type DiscoveryConfig = LoadTestConfig['discovery'];

const PLACES: Record<DiscoveryConfig['type'], (from: DiscoveryConfig) => string> = {
  etcd: ({ hosts, cluster }) => `etcd ${hosts}, cluster ${cluster}`,
  static: () => 'the static list',
  dns: ({ name, records = 'srv' }) => `DNS, ${records} records of ${name}`,
  kubernetes: ({ service }) => `Kubernetes, endpoints of ${service}`,
};

export interface OpenClient {
  readonly client: Client;
  close(): Promise<void>;
}

function discoveryOf({ nodes, discovery }: LoadTestConfig, onError: (error: Error) => void) {
  if (nodes.length > 0) return undefined;
  const { tls } = discovery;
  return discoveryFrom(discovery, {
    cluster: discovery.cluster,
    tls: tls && readPemFiles(tls, 'discovery.tls'),
    onError,
  });
}
