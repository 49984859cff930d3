import { constants } from 'node:fs';
import { access as checkAccess, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createDoor, type OpenDoor } from '@ringcache/access';
import type { CacheError, MemoryMove, RingView } from '@ringcache/cache-core';
import { readPemFiles } from '@ringcache/config';
import { discoveryFrom, type RegistrationEvent } from '@ringcache/discovery';
import type { Dialect } from '@ringcache/hashring';
import type { Logger } from '@ringcache/logger';
import type { PolicyName } from '@ringcache/policies';
import { tracingFrom } from '@ringcache/tracing';
import { pageFolder } from '@ringcache/ui';
import type { Registry } from 'prom-client';
import {
  bytes,
  type GroupSpec,
  join,
  type LeaveOptions,
  type Node,
  type TlsFiles,
  type TroubleReport,
  tlsFiles,
} from 'ringcache';

import { changingLimits } from './changing-limits.js';
import type { GroupConfig, NodeConfig } from './config.js';
import { doorRulesOf } from './door-rules.js';
import { createMetrics } from './metrics/create-metrics.js';
import { NodeMeasures } from './metrics/node-measures.js';
import { nodeOperator } from './operator.js';
import { createOrigin } from './origins/create-origin.js';
import type { BoundedOrigin, Origin } from './origins/origin.js';
import { answerProbe } from './probes.js';
import { type ConfigSource, Reload } from './reload.js';
import { hearsOf, story } from './story.js';
import { answerWhileStarting, Ui } from './ui/ui.js';
import { dumpBound, WarmRestarts } from './warm-restarts.js';

export interface Daemon {
  /** Leaves the ring and stops, as {@link Node.leave}, which the options are for; never rejects. */
  stop(options?: LeaveOptions): Promise<void>;
  readonly reload: Reload;
}

export interface DaemonOptions {
  config: NodeConfig;
  source: ConfigSource;
  /** That paths of modules are relative to. */
  configFile: string | undefined;
  logger: Logger;
  /** Ends a start that is under way. */
  signal: AbortSignal;
  /** Begins to stop the process, as a signal does. */
  drain: () => void;
}

/** Starts a node as configured: ringcache, and around it what an operator needs. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, source, configFile, logger, signal, drain } = options;
  const onError = (error: CacheError) => logger.warn(error.message, { code: error.code });
  const tracing = await tracingFrom(config.tracing, {
    instanceId: config.member.id ?? (config.member.grpc || config.member.http),
    onProblem: (message) => logger.warn(`traces: ${message}`),
  });
  const origins = new Map<string, BoundedOrigin>();
  const groups: Record<string, GroupSpec<Uint8Array>> = {};
  for (const [name, group] of Object.entries(config.groups)) {
    const origin = await createOrigin(group.origin, {
      group: name,
      maxValueBytes: config.maxValueBytes,
      configFile,
      tracing,
    });
    if (origin !== undefined) origins.set(name, origin);
    groups[name] = specOf(group, config, origin);
  }
  const { tls: etcdTls } = config.discovery;
  const discovery = discoveryFrom(config.discovery, {
    cluster: config.member.cluster,
    tls: etcdTls && readPemFiles(etcdTls, 'discovery.tls'),
    onError,
  });
  let tls: TlsFiles | undefined;
  let door: OpenDoor | undefined;
  const measures = new NodeMeasures();
  const closeAll = async () => {
    tls?.close();
    door?.close();
    measures.close();
    await Promise.allSettled([discovery.close(), ...[...origins.values()].map((origin) => origin.close())]);
    await tracing?.close(); // last: it sends what those have recorded
  };
  try {
    tls = config.tls && (await watchedTls(config.tls, logger));
    const openDoor = createDoor(doorRulesOf(config));
    door = openDoor;
    const dumpFolder = await dumpFolderOf(config, configFile);
    let metrics: Registry | undefined;
    let ui: Ui | undefined;
    let serving: Node<object> | undefined;
    let reload: Reload | undefined;
    const { member, listen, ring } = config;
    const tellRing = ringTold(logger);
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
      cluster: member.cluster,
      firstViewAfterMs: config.discovery.firstViewAfter,
      peerTransport: config.peerTransport,
      maxValueBytes: config.maxValueBytes,
      tls,
      clientAuth: config.tls?.clientAuth,
      door,
      peerToken: config.access.peerToken,
      requireTls: config.requireTls,
      onWarning: (message) => logger.warn(message),
      leaveTimeoutMs: config.shutdown.leaveTimeout,
      onServing: (node) => {
        serving = node;
        metrics = createMetrics({
          node: node.core,
          isReady: () => node.isReady,
          door: openDoor,
          budget: node.budget,
          measures,
          certificate: () => tls?.certificate,
        });
        ui = new Ui({
          core: node.core,
          adminOf: (each) => node.adminOf(each),
          folder: pageFolder,
          door: openDoor,
          onError,
        });
      },
      signal,
      operator: nodeOperator({ logger, reload: () => reload, drain }),
      observe: story(logger),
      hears: hearsOf(logger),
      tracing,
      onRing: (view) => {
        tellRing(view);
        ui?.ringChanged();
      },
      onRegistration: (event) => {
        registrationTold(logger, event);
        measures.registrations.note(event);
      },
      onIsolated: () =>
        logger.warn('dropped everything: cut off while the ring changed, this member may have missed writes'),
      onTrouble: (report) => {
        troubleTold(logger, report);
        measures.troubles.note(report);
      },
      batchSizes: measures.batchSizes,
      budgetBytes: config.budgetBytes,
      budgetIntervalMs: config.budgetInterval,
      onMove: (move) => moveTold(logger, move),
      onError,
      onHttpRequest: (request, response) =>
        (ui === undefined ? answerWhileStarting(request, response) : ui.answer(request, response)) ||
        (metrics !== undefined &&
          answerProbe(request, response, {
            whyNotReady: () => whyNotReady(serving),
            metrics,
            onError: (error) => logger.error('metrics', { error }),
          })),
    });
    const warmRestarts =
      dumpFolder === undefined
        ? undefined
        : new WarmRestarts({
            folder: dumpFolder,
            groups: [...node.core.groups.values()].filter(({ name }) => config.groups[name]?.warmRestart),
            logger,
            isInRing: () => node.isReady && node.isActing,
          });
    const { id, grpc, http } = node.member;
    logger.info(node.isReady ? 'ready' : 'serving, but not in the ring yet', {
      id,
      grpc,
      http,
      groups: Object.keys(groups),
      ...(http === '' ? {} : { page: `${config.tls === undefined ? 'http' : 'https'}://${http}/ui/` }),
    });
    reload = new Reload(source, { logger, door, groups: node.core.groups, origins, budget: node.budget, tls });
    return {
      reload,
      async stop(options) {
        const bound = dumpBound(config.shutdown.timeout);
        await warmRestarts?.stop();
        ui?.close();
        await node.leave(options);
        await warmRestarts?.dumpAll(bound);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Made now, so that a start fails which could not write there at its end. undefined: no group is to be restarted warm. */
async function dumpFolderOf({ dumpDir, groups }: NodeConfig, configFile: string | undefined) {
  if (dumpDir === undefined || !Object.values(groups).some(({ warmRestart }) => warmRestart)) return undefined;
  const folder = resolve(configFile === undefined ? '.' : dirname(configFile), dumpDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await checkAccess(folder, constants.W_OK);
  return folder;
}

/** A certificate that has run out under a running node is the classic of all outages: what is in force is in the log. */
async function watchedTls({ cert, key, ca }: NonNullable<NodeConfig['tls']>, logger: Logger): Promise<TlsFiles> {
  const files = await tlsFiles(
    { cert, key, ca },
    {
      onReload: ({ subject, expiresAt }) => logger.info('TLS certificate replaced', { subject, expiresAt }),
      onError: (error) => logger.error(`the TLS certificate stays as it was: ${error.message}`),
    },
  );
  const { subject, expiresAt } = files.certificate;
  logger.info('TLS', { subject, expiresAt });
  return files;
}

function specOf(group: GroupConfig, config: NodeConfig, origin: Origin | undefined): GroupSpec<Uint8Array> {
  return {
    codec: bytes,
    load: origin?.load as GroupSpec<Uint8Array>['load'],
    policy: group.policy as PolicyName,
    store: group.store,
    maxBytes: group.maxBytes,
    minBytes: group.minBytes,
    maxEntries: group.maxEntries,
    maxValueBytes: config.maxValueBytes,
    ...changingLimits(group),
    hotShare: group.hotShare,
    flightTimeoutMs: group.flightTimeout,
    warmRestart: group.warmRestart,
  };
}

/** Returns why a member takes no part in the ring, as its readiness probe tells it; undefined: it does. */
function whyNotReady(node: Node<object> | undefined): string | undefined {
  if (node === undefined) return 'starting';
  if (node.isReady) return undefined;
  if (node.state === 'draining') return 'leaving the ring';
  const { peers } = node.core;
  const [trouble] = peers.troubles();
  return trouble?.message ?? (peers.stale ? 'not in the ring: discovery is out of reach' : 'not in the ring yet');
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

/** One line when it has begun, one when it is over, however long it lasts. */
function troubleTold(logger: Logger, { kind, member, message, isOver, forMs }: TroubleReport): void {
  if (isOver) logger.info(`over: ${message}`, { trouble: kind, member, forMs: Math.round(forMs) });
  else logger.warn(message, { trouble: kind, member });
}

function registrationTold(logger: Logger, event: RegistrationEvent): void {
  if (event.kind === 'registered') logger.info(event.again ? 'registered again' : 'registered', { ttlMs: event.ttlMs });
  else if (event.kind === 'retrying')
    logger.warn('not registered; trying again', { error: event.error.message, delayMs: Math.round(event.delayMs) });
  else logger.warn('registration lost', { reason: event.reason });
}

/** What was expected of a move, in hits a second: whether it came true shows in the hit ratios. */
function moveTold(logger: Logger, { from, to, bytes, gain, loss }: MemoryMove): void {
  logger.info('memory moved', { from, to, bytes, gain: roundedToTenth(gain), loss: roundedToTenth(loss) });
}

function roundedToTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
