import { type Balancing, type Client, createClient } from '@ringcache/client';
import { readPemFiles } from '@ringcache/config';
import { etcdDiscovery, staticDiscovery } from '@ringcache/discovery';

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
  const client = createClient({
    ...(nodes.length > 0 ? { nodes } : { discovery }),
    transport,
    tls: config.tls && readPemFiles(config.tls, 'tls'),
    token: config.token,
    balancing: config.balancing as Balancing,
    timeoutMs: timeout,
    onError,
  });
  const close = async () => {
    await client.close();
    await discovery?.close();
  };
  try {
    await client.ready(timeout);
  } catch (error) {
    await close();
    const where =
      nodes.length > 0
        ? `nodes ${nodes}`
        : from.type === 'etcd'
          ? `etcd ${from.hosts}, cluster ${from.cluster}`
          : 'the static list';
    throw new Error(`no members found through ${where} within ${timeout} ms`, { cause: error });
  }
  return { client, close };
}

export interface OpenClient {
  readonly client: Client;
  close(): Promise<void>;
}

function discoveryOf({ nodes, discovery }: LoadTestConfig, onError: (error: Error) => void) {
  if (nodes.length > 0) return undefined;
  const { type, members, hosts, cluster, user, password, tls } = discovery;
  if (type === 'static') return staticDiscovery(members);
  const own = tls && readPemFiles(tls, 'discovery.tls');
  return etcdDiscovery({ hosts, cluster, user, password, tls: own, onError });
}
