import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EtcdMember, EtcdProcess } from './etcd-member.js';
import { messageOf } from './failure.js';
import { findEtcd } from './find-etcd.js';
import { freePorts, requirePorts } from './ports.js';

export interface EtcdCluster {
  /** Every member's `http://127.0.0.1:port`, or https. */
  readonly hosts: string[];
  readonly members: EtcdMember[];
  /** Kills all members; removes the data unless a `dataDir` was given. */
  stop(): Promise<void>;
}

export interface EtcdClusterOptions {
  /** 1 by default. */
  readonly size?: 1 | 3;
  /** Where the data is kept after `stop`; by default it is temporary. */
  readonly dataDir?: string;
  /** One for each member; free ones by default. */
  readonly clientPorts?: readonly number[];
  /**
   * Clients come over TLS, and show a certificate that `ca` has signed. The members' own is good for 127.0.0.1, as server
   * and as client: etcd asks itself.
   */
  readonly tls?: EtcdTls;
  /** Gets each line that etcd prints, prefixed with the member's name, and the progress of an installation. */
  readonly log?: (line: string) => void;
}

/** Paths of PEM files. */
export interface EtcdTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Tries with new ports, where another process took one between our looking and etcd's binding. */
const MAX_ATTEMPTS = 4;
/** A member that is alone votes for itself: no other has to hear of it within the usual second. */
const ALONE = ['--heartbeat-interval', '20', '--election-timeout', '200'];

/**
 * Starts real etcd members on loopback and resolves when each answers a linearizable read: some 0.3 s for one, 1.5 s
 * for three. The processes end with the process that calls this, however that ends.
 * @throws {EtcdUnavailableError} if there is no etcd and none could be installed.
 * @throws {PortTakenError} if a port of `clientPorts` is taken.
 */
export async function startEtcdCluster(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
  const command = await findEtcd(options);
  await requirePorts(options.clientPorts ?? [], 'etcd');
  for (let attempt = 1; ; attempt++) {
    const cluster = await prepare(command, options);
    try {
      for (const member of cluster.members) member.spawn();
      await Promise.all(cluster.members.map((member) => member.ready()));
      return cluster;
    } catch (error) {
      await cluster.stop();
      if (attempt === MAX_ATTEMPTS || !isBindFailure(error)) throw error;
    }
  }
}

interface Prepared extends EtcdCluster {
  readonly members: EtcdProcess[];
}

async function prepare(command: string, options: EtcdClusterOptions): Promise<Prepared> {
  const size = options.size ?? 1;
  const ports = await freePorts(2 * size);
  const clientPorts = options.clientPorts ?? ports.slice(0, size);
  const peers = ports.slice(size).map((port, index) => `infra${index + 1}=http://127.0.0.1:${port}`);
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'ringcache-etcd-')));
  const temporary = options.dataDir === undefined;
  const { tls } = options;

  const members: EtcdProcess[] = peers.map((peer, index) => {
    const [name, peerUrl] = peer.split('=') as [string, string];
    const client = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${clientPorts[index]}`;
    return new EtcdProcess({
      name,
      client,
      command,
      tls: tls && {
        cert: readFileSync(tls.cert, 'utf8'),
        key: readFileSync(tls.key, 'utf8'),
        ca: readFileSync(tls.ca, 'utf8'),
      },
      args: [
        ...memberArgs(name, client, peerUrl, peers, dataDir),
        ...(size === 1 ? ALONE : []),
        ...(tls === undefined ? [] : tlsArgs(tls)),
      ],
      log: options.log && ((line) => options.log?.(`${name} ${line}`)),
      removeWithUs: temporary ? dataDir : undefined,
      hasQuorum: () => members.filter((member) => member.running).length > size / 2,
    });
  });
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()));
    if (temporary) await rm(dataDir, { recursive: true, force: true });
  };
  return { hosts: members.map((member) => member.client), members, stop };
}

function memberArgs(name: string, client: string, peer: string, peers: readonly string[], dataDir: string): string[] {
  return [
    ...['--name', name, '--data-dir', join(dataDir, name)],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', peers.join(','), '--initial-cluster-state', 'new', '--initial-cluster-token', dataDir],
    ...['--logger', 'zap', '--log-outputs', 'stderr'],
  ];
}

function tlsArgs({ cert, key, ca }: EtcdTls): string[] {
  return ['--cert-file', cert, '--key-file', key, '--trusted-ca-file', ca, '--client-cert-auth'];
}

function isBindFailure(error: unknown): boolean {
  return messageOf(error).includes('address already in use');
}
