import { describe, expect, test } from '@jest/globals';

import { checkHistory } from './checks.js';
import { History, type Read, type Write } from './history.js';

function write(
  key: string | undefined,
  value: string | undefined,
  start: number,
  end: number,
  more: Partial<Write> = {},
): Write {
  return { group: 'kv', key, value, via: 'w', start, end, outcome: 'all', boundAt: end, ...more };
}

function read(key: string, value: string | undefined, start: number, end: number, group: Read['group'] = 'kv'): Read {
  return { group, key, value, via: 'r', start, end };
}

/** Names of the checks that the history fails. */
function failed(writes: Write[], reads: Read[]): string[] {
  const history = new History();
  history.writes.push(...writes);
  history.reads.push(...reads);
  return checkHistory(history).map(({ check }) => check);
}

const FAILED = { outcome: 'failed', end: Number.POSITIVE_INFINITY, boundAt: Number.POSITIVE_INFINITY } as const;
const STALE = 'older than an acknowledged write';

describe('a history is right', () => {
  test.each<[string, Write[], Read[]]>([
    ['that reads what was written', [write('k', '1', 0, 1)], [read('k', '1', 2, 3)]],
    ['that reads nothing: entries are not durable', [write('k', '1', 0, 1)], [read('k', undefined, 2, 3)]],
    [
      'that reads either of two writes while the second is open',
      [write('k', '1', 0, 1), write('k', '2', 2, 9)],
      [read('k', '2', 3, 4), read('k', '1', 5, 6)],
    ],
    [
      'that reads either of two writes that overlapped',
      [write('k', '1', 0, 5), write('k', '2', 1, 4)],
      [read('k', '1', 6, 7)],
    ],
    [
      'that reads a write which failed, whenever',
      [write('k', '1', 0, 1), write('k', '2', 2, 3, FAILED)],
      [read('k', '2', 90, 91), read('k', '1', 95, 96)],
    ],
    [
      'that reads an old value within the bound of a partial write',
      [write('k', '1', 0, 1), write('k', '2', 2, 3, { outcome: 'partial', boundAt: 10 })],
      [read('k', '1', 9, 11)],
    ],
    [
      'that reads a read-ahead version of the database',
      [write('k', 'k:1', 0, 1, { group: 'db' })],
      [read('k', 'k:2', 2, 3, 'db')],
    ],
  ])('%s', (_, writes, reads) => {
    expect(failed(writes, reads)).toEqual([]);
  });
});

describe('a history is wrong', () => {
  test.each<[string, Write[], Read[], string]>([
    ['that reads what was replaced', [write('k', '1', 0, 1), write('k', '2', 2, 3)], [read('k', '1', 4, 5)], STALE],
    [
      'that reads what was deleted',
      [write('k', '1', 0, 1), write('k', undefined, 2, 3)],
      [read('k', '1', 4, 5)],
      STALE,
    ],
    [
      'that reads what was cleared',
      [write('k', '1', 0, 1), write(undefined, undefined, 2, 3)],
      [read('k', '1', 4, 5)],
      STALE,
    ],
    [
      'that reads an old version of the database',
      [write('k', 'k:2', 0, 1, { group: 'db' })],
      [read('k', 'k:1', 2, 3, 'db')],
      STALE,
    ],
    [
      'that reads an old value beyond the bound',
      [write('k', '1', 0, 1), write('k', '2', 2, 3, { outcome: 'partial', boundAt: 10 })],
      [read('k', '1', 11, 12)],
      'staler than the bound',
    ],
    ['that reads what nobody wrote', [], [read('k', '1', 0, 1)], 'a value that nobody wrote'],
    ['that reads what was written later', [write('k', '1', 5, 6)], [read('k', '1', 0, 1)], 'a value that nobody wrote'],
    [
      'whose reads flip between two writes that overlapped',
      [write('k', '1', 0, 5), write('k', '2', 1, 4)],
      [read('k', '1', 6, 7), read('k', '2', 8, 9)],
      'reads disagree',
    ],
  ])('%s', (_, writes, reads, check) => {
    expect(failed(writes, reads)).toEqual([check]);
  });
});
