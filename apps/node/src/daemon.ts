import { type CacheError, type RingView, systemClock } from '@ringcache/cache-core';
import { type Discovery, etcdDiscovery, type RegistrationEvent, staticDiscovery } from '@ringcache/discovery';
import type { Dialect } from '@ringcache/hashring';
import type { Logger } from '@ringcache/logger';
import type { PolicyName } from '@ringcache/policies';
import type { Registry } from 'prom-client';
import { bytes, type GroupSpec, join } from 'ringcache';

import type { GroupConfig, NodeConfig } from './config.js';
import { createMetrics } from './metrics.js';
import { createOrigin } from './origins/create-origin.js';
import type { Origin } from './origins/origin.js';
import { answerProbe } from './probes.js';
import { story } from './story.js';

export interface Daemon {
  /** Leaves the ring and stops, as {@link Node.leave}; never rejects. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  config: NodeConfig;
  /** That paths of modules are relative to. */
  configFile: string | undefined;
  logger: Logger;
  /** Ends a start that is under way. */
  signal: AbortSignal;
}

/** Starts a node as configured: ringcache, and around it what an operator needs. */
export async function startDaemon({ config, configFile, logger, signal }: DaemonOptions): Promise<Daemon> {
  const onError = (error: CacheError) => logger.warn(error.message, { code: error.code });
  const origins: Origin[] = [];
  const groups: Record<string, GroupSpec<Uint8Array>> = {};
  for (const [name, group] of Object.entries(config.groups)) {
    const origin = await createOrigin(group.origin, { group: name, maxValueBytes: config.maxValueBytes, configFile });
    if (origin !== undefined) origins.push(origin);
    groups[name] = specOf(group, config, origin);
  }
  const discovery = discoveryOf(config, onError);
  const closeAll = async () =>
    void (await Promise.allSettled([discovery.close(), ...origins.map((origin) => origin.close())]));
  try {
    let metrics: Registry | undefined;
    let isReady = () => false;
    const { member, listen, ring } = config;
    const node = await join({
      groups,
      id: member.id,
      grpc: member.grpc === '' ? undefined : member.grpc,
      http: member.http === '' ? undefined : member.http,
      weight: member.weight,
      listen,
      discovery,
      dialect: ring.dialect as Dialect,
      replicas: ring.replicas,
      handoffMs: ring.handoff,
      peerTransport: config.peerTransport,
      maxValueBytes: config.maxValueBytes,
      leaveTimeoutMs: config.shutdown.leaveTimeout,
      signal,
      observe: story(logger),
      onRing: ringTold(logger),
      onRegistration: (event) => registrationTold(logger, event),
      onError,
      onHttpRequest: (request, response) =>
        metrics !== undefined &&
        answerProbe(request, response, { isReady, metrics, onError: (error) => logger.error('metrics', { error }) }),
    });
    isReady = () => node.isReady;
    metrics = createMetrics(node.core, isReady);
    const { id, grpc, http } = node.member;
    logger.info(node.isReady ? 'ready' : 'serving, but not in the ring yet', {
      id,
      grpc,
      http,
      groups: Object.keys(groups),
    });
    return {
      async stop() {
        await node.leave();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function specOf(group: GroupConfig, config: NodeConfig, origin: Origin | undefined): GroupSpec<Uint8Array> {
  return {
    codec: bytes,
    load: origin?.load as GroupSpec<Uint8Array>['load'],
    policy: group.policy as PolicyName,
    maxBytes: group.maxBytes,
    maxEntries: group.maxEntries,
    maxValueBytes: config.maxValueBytes,
    ttlMs: group.ttl,
    ttlJitter: group.ttlJitter,
    negativeTtlMs: group.negativeTtl,
    staleWhileRevalidateMs: group.staleWhileRevalidate,
    staleIfErrorMs: group.staleIfError,
    softTimeoutMs: group.softTimeout,
    refreshAheadMs: group.refreshAhead,
    hotTtlMs: group.hotTtl,
    hotShare: group.hotShare,
    hotAfterFetches: group.hotAfterFetches,
    flightTimeoutMs: group.flightTimeout,
  };
}

function discoveryOf({ discovery }: NodeConfig, onError: (error: CacheError) => void): Discovery {
  if (discovery.type === 'static') return staticDiscovery(discovery.members);
  const { hosts, cluster, ttl, user, password } = discovery;
  return etcdDiscovery({
    hosts,
    cluster,
    ttlMs: ttl,
    clock: systemClock,
    onError,
    ...(user && password ? { user, password } : {}),
  });
}

/** A line for each member that came or went, and when discovery is lost or found again. */
function ringTold(logger: Logger): (view: RingView) => void {
  let before: RingView | undefined;
  return (view) => {
    const [was, is] = [idsOf(before), idsOf(view)];
    const joined = is.filter((id) => !was.includes(id));
    const left = was.filter((id) => !is.includes(id));
    if (joined.length + left.length > 0)
      logger.info('ring changed', { joined, left, members: is.length, ring: view.fingerprint });
    if (view.stale && !before?.stale) logger.warn('discovery is out of reach: the last ring stays in force');
    if (!view.stale && before?.stale) logger.info('discovery is back');
    before = view;
  };
}

function idsOf(view: RingView | undefined): string[] {
  return view?.members.map((member) => member.id) ?? [];
}

function registrationTold(logger: Logger, event: RegistrationEvent): void {
  if (event.kind === 'registered') logger.info(event.again ? 'registered again' : 'registered', { ttlMs: event.ttlMs });
  else if (event.kind === 'retrying')
    logger.warn('not registered; trying again', { error: event.error.message, delayMs: event.delayMs });
  else
    logger.warn('registration lost: dropping what is held, as writes may have been missed', { reason: event.reason });
}
