import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { GroupEvent, Step } from '@ringcache/cache-core';
import { createLogger, type Level } from '@ringcache/logger';

import { hearsOf, story } from './story.js';

/** What the log says of the steps, a parsed line each. */
function told(
  level: Level,
  steps: Step[],
  key = 'k',
  requestId: string | undefined = 'r-1',
): Record<string, unknown>[] {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const tell = story(createLogger({ name: 'node', level, format: 'json', stream }));
  for (const step of steps) tell({ ...step, group: 'scores', key, requestId } as GroupEvent);
  return lines
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the story of a request', () => {
  test('is told of hits at debug alone, whenever the level is changed', () => {
    const logger = createLogger({ name: 'node', level: 'info' });
    const hears = hearsOf(logger);
    expect([hears('hit'), hears('received'), hears('loaded')]).toEqual([false, false, true]);
    logger.level = 'debug';
    expect([hears('hit'), hears('received'), hears('loaded')]).toEqual([true, true, true]);
    logger.level = 'warn';
    expect([hears('hit'), hears('loaded')]).toEqual([false, true]);
  });

  test('says which trace records the request, if one does', () => {
    const step: Step = { step: 'absent', ms: 1 };
    const [recorded] = told('info', [{ ...step, traceId: '4b'.repeat(16) } as Step]);
    expect(recorded).toMatchObject({ requestId: 'r-1', traceId: '4b'.repeat(16) });
    expect(told('info', [step])[0]).not.toHaveProperty('traceId');
  });

  test('tells where the key sits on the ring and who is picked', () => {
    const pick = { step: 'pick', hash: '2038739146', point: 58, owner: 'localhost:10000', self: false } as const;
    const [remote, own] = told('info', [pick, { ...pick, self: true }]);
    expect(remote).toMatchObject({
      msg: 'pick remote peer',
      group: 'scores',
      key: 'k',
      requestId: 'r-1',
      hash: '2038739146',
      point: 58,
      owner: 'localhost:10000',
    });
    expect(own!.msg).toBe('pick myself');
  });

  test.each<[Step, string, string]>([
    [{ step: 'received', from: 'client' }, 'debug', 'request received from a client'],
    [{ step: 'hit', from: 'main' }, 'debug', 'hit in main'],
    [{ step: 'joined', flight: 'load' }, 'debug', 'joined a load in progress'],
    [{ step: 'dropped', version: 1 }, 'debug', 'dropped: written elsewhere'],
    [{ step: 'loaded', ms: 1.234, bytes: 3 }, 'info', 'loaded from origin'],
    [{ step: 'absent', ms: 1 }, 'info', 'origin has no such key'],
    [{ step: 'stale', expiredForMs: 1 }, 'info', 'gave an expired value'],
    [{ step: 'handed_over', from: 'n', ms: 1, bytes: 3 }, 'info', 'handed over by a previous owner'],
    [{ step: 'fetched', from: 'n', ms: 1, bytes: 3 }, 'info', 'fetched from peer'],
    [{ step: 'stored', in: 'hot', bytes: 3, ttlMs: 10 }, 'info', 'stored in hot'],
    [{ step: 'written', op: 'delete', version: 7, missing: [] }, 'info', 'deleted'],
    [
      { step: 'fetch_failed', from: 'n', ms: 1, code: 'not_found', message: '' },
      'info',
      'peer says there is no such key',
    ],
    [
      { step: 'fetch_failed', from: 'n', ms: 1, code: 'unavailable', message: 'away' },
      'warn',
      'fetch from peer failed',
    ],
    [{ step: 'load_failed', ms: 1, code: 'deadline', message: 'late' }, 'warn', 'load from origin failed'],
  ])('tells %j at %s', (step, level, msg) => {
    expect(told('debug', [step])).toEqual([expect.objectContaining({ level, msg, key: 'k', group: 'scores' })]);
    if (level === 'debug') expect(told('info', [step])).toEqual([]);
  });

  test('tells who did not acknowledge a write', () => {
    const [line] = told('info', [{ step: 'written', op: 'set', version: 7, missing: ['b'] }]);
    expect(line).toMatchObject({ msg: 'set', version: 7, missing: ['b'] });
  });

  test('says nothing of a life without end', () => {
    const [line] = told('info', [{ step: 'stored', in: 'main', bytes: 3, ttlMs: Number.POSITIVE_INFINITY }]);
    expect(line).not.toHaveProperty('ttlMs');
  });

  test('cannot be forged by a key', () => {
    const key = 'k"}\n{"level":"error","msg":"forged"}';
    expect(told('info', [{ step: 'absent', ms: 1 }], key)).toEqual([
      expect.objectContaining({ key, msg: 'origin has no such key' }),
    ]);
  });
});
