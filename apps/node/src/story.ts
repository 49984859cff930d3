// A request's story in the log, a line for each step: who was asked for what, where the key sits on the ring, whose it is,
// and where the value came from. At `info` what a miss or a write sets off; at `debug` every request and every hit too.

import type { GroupEvent, Hears, Observer, Step } from '@ringcache/cache-core';
import type { Logger } from '@ringcache/logger';

export function story(logger: Logger): Observer {
  return (event) => {
    const level = levelOf(event);
    if (logger.isLevelEnabled(level)) logger.log(level, ...lineOf(event));
  };
}

/** Which steps have a line at the level that the logger has at this moment. Most may have one, at `info`, but not each hit. */
export function hearsOf(logger: Logger): Hears {
  let level: string | undefined;
  let isDebug = false;
  return (step) => {
    if (level !== logger.level) {
      level = logger.level;
      isDebug = logger.isDebugEnabled(); // looks at every transport: too much for every hit
    }
    return isDebug || !OFTEN.includes(step);
  };
}

const OFTEN: readonly Step['step'][] = ['received', 'hit', 'joined', 'dropped'];

function levelOf(event: GroupEvent): 'debug' | 'info' | 'warn' {
  switch (event.step) {
    case 'received':
    case 'hit':
    case 'joined':
    case 'dropped':
      return 'debug';
    case 'load_failed':
      return 'warn';
    case 'fetch_failed':
      return event.code === 'not_found' ? 'info' : 'warn';
    default:
      return 'info';
  }
}

function lineOf(event: GroupEvent): [string, Record<string, unknown>] {
  const { group, key, requestId, traceId } = event;
  const ids = { ...(requestId === undefined ? {} : { requestId }), ...(traceId === undefined ? {} : { traceId }) };
  const subject = { group, key, ...ids };
  switch (event.step) {
    case 'received':
      return [`request received from a ${event.from}`, subject];
    case 'hit':
      return [`hit in ${event.from}`, subject];
    case 'pick': {
      const { hash, point, owner } = event;
      return [event.self ? 'pick myself' : 'pick remote peer', { ...subject, hash, point, owner }];
    }
    case 'joined':
      return [`joined a ${event.flight} in progress`, subject];
    case 'loaded':
      return ['loaded from origin', { ...subject, ms: rounded(event.ms), bytes: event.bytes }];
    case 'handed_over':
      return [
        'handed over by a previous owner',
        { ...subject, from: event.from, ms: rounded(event.ms), bytes: event.bytes },
      ];
    case 'stale':
      return ['gave an expired value', { ...subject, expiredForMs: Math.round(event.expiredForMs) }];
    case 'absent':
      return ['origin has no such key', { ...subject, ms: rounded(event.ms) }];
    case 'load_failed':
      return ['load from origin failed', { ...subject, ms: rounded(event.ms), code: event.code, error: event.message }];
    case 'fetched':
      return ['fetched from peer', { ...subject, from: event.from, ms: rounded(event.ms), bytes: event.bytes }];
    case 'fetch_failed': {
      const fields = { ...subject, from: event.from, ms: rounded(event.ms), code: event.code };
      return event.code === 'not_found'
        ? ['peer says there is no such key', fields]
        : ['fetch from peer failed', { ...fields, error: event.message }];
    }
    case 'stored':
      return [`stored in ${event.in}`, { ...subject, bytes: event.bytes, ...life(event.ttlMs) }];
    case 'written':
      return [
        event.op === 'set' ? 'set' : 'deleted',
        { ...subject, version: event.version, ...(event.missing.length === 0 ? {} : { missing: event.missing }) },
      ];
    case 'dropped':
      return ['dropped: written elsewhere', { ...subject, version: event.version }];
  }
}

function life(ttlMs: number): { ttlMs?: number } {
  return Number.isFinite(ttlMs) ? { ttlMs: Math.round(ttlMs) } : {};
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
