import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { ERROR_CODES } from '@ringcache/cache-core';
import { commandOf } from '@ringcache/infra/testing/built';
import { execa } from 'execa';

import { CODE_TRAILER, RETRY_AFTER_TRAILER, STATUS_OF_CODE } from '../../../packages/transport-grpc/src/codes.js';
import { HTTP_OF_CODE, retryHelps } from '../../../packages/transport-http/src/codes.js';
import { readPage, tableRows } from './page.js';

const page = await readPage('docs/errors.md');
/** The first table; that of exit codes has fewer columns. */
const codes = tableRows(page).filter((row) => row.length === 6 && row[0]!.startsWith('`'));

test('every code is told once, in the order of the code, and no other', () => {
  expect(codes.map(([code]) => code)).toEqual(ERROR_CODES.map((code) => `\`${code}\``));
});

test.each(ERROR_CODES)('%s has the statuses that a node answers with', (code) => {
  const row = codes.find(([first]) => first === `\`${code}\``)!;
  expect(row.slice(2, 4)).toEqual([`\`${status[STATUS_OF_CODE[code]]}\``, String(HTTP_OF_CODE[code].status)]);
});

test('another try is advised wherever HTTP says when', () => {
  const again = codes.filter(([, , , , again]) => again!.startsWith('yes'));
  for (const code of ERROR_CODES.filter((each) => retryHelps(HTTP_OF_CODE[each].status))) {
    expect(again.map(([first]) => first)).toContain(`\`${code}\``);
  }
});

test('trailers have the names that are sent', () => {
  expect(page).toContain(`\`${CODE_TRAILER}\``);
  expect(page).toContain(`\`${RETRY_AFTER_TRAILER}\``);
});

describe('the exit code', () => {
  const CONFIG = 'flags, variables or the file are wrong';
  test.each([
    ['ringcache-node', 2, CONFIG, 'node', ['--nonsense']],
    ['ringcache-node config check', 0, 'can be used', 'node', ['config', 'check']],
    ['ringcache-node config check', 2, 'it cannot', 'node', ['config', 'check', '--http', 'nowhere']],
    ['registrar', 2, 'bad use', 'registrar', ['list', '--nonsense']],
    ['load-test', 2, CONFIG, 'load-test', ['single', 'a', '--nonsense']],
    ['student-score', 2, CONFIG, 'student-score', ['--nonsense']],
  ] as const)('of %s is %i where the page says so: %s', async (program, code, meaning, app, args) => {
    const [, ...meanings] = tableRows(page).find(([first]) => first === `\`${program}\``)!;
    expect(meanings[code]).toContain(meaning);
    const { NODE_OPTIONS: _, ...env } = process.env;
    const [node, main] = commandOf(app) as [string, string];
    const { exitCode } = await execa(node, [main, ...args], { env, extendEnv: false, reject: false });
    expect(exitCode).toBe(code);
  });
});
