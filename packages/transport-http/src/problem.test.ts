import { expect, test } from '@jest/globals';
import { CacheError, ERROR_CODES } from '@ringcache/cache-core';

import { codeOfStatus, HTTP_OF_CODE } from './codes.js';
import { errorOfReply, failureOf, Misdirected, PROBLEM_TYPE, problemText } from './problem.js';

test.each([
  ['not_found', 404],
  ['no_such_group', 404],
  ['not_owner', 421],
  ['invalid_argument', 400],
  ['too_large', 413],
  ['overloaded', 429],
  ['unavailable', 503],
  ['deadline', 504],
  ['permission_denied', 403],
  ['internal', 500],
] as const)('%s is told with status %i', (code, status) => {
  expect(failureOf(new CacheError(code, 'x')).status).toBe(status);
});

test.each([...ERROR_CODES])('%s comes back from its own problem as an answer', (code) => {
  const failure = failureOf(new CacheError(code, 'said so'));
  const error = errorOfReply(failure.status, PROBLEM_TYPE, Buffer.from(problemText(failure)));
  expect(error).toMatchObject({ code, message: 'said so', answered: true });
});

test.each([...ERROR_CODES])('the status of %s alone says the same, if it is not 404 or 421', (code) => {
  const { status } = HTTP_OF_CODE[code];
  expect(codeOfStatus(status)).toBe(status === 404 || status === 421 ? 'unavailable' : code);
});

test('what was meant for another process is told from a member that is not the owner, and answered by nobody', () => {
  const failure = failureOf(new Misdirected('this is b#1'));
  expect(failure).toMatchObject({ status: 421, code: 'misdirected' });
  const error = errorOfReply(failure.status, PROBLEM_TYPE, Buffer.from(problemText(failure)));
  expect(error).toMatchObject({ code: 'unavailable', message: 'this is b#1', answered: false });
});

test("a stranger's 404 says nothing of a key: whoever it is, it is no node", () => {
  const error = errorOfReply(404, 'text/plain', Buffer.from('404 page not found\n'));
  expect(error).toMatchObject({ code: 'unavailable', answered: false });
  expect(error.message).toBe('whoever answers there is no ringcache node: HTTP 404 404 page not found');
});

test("a proxy's 421 says nothing of an owner: whoever it is, it is no node", () => {
  const error = errorOfReply(421, 'text/html', Buffer.from('<h1>'));
  expect(error).toMatchObject({ code: 'unavailable', answered: false });
});

test('a code of a newer version is internal; a problem that is none goes by its status', () => {
  expect(errorOfReply(404, PROBLEM_TYPE, Buffer.from('{"code":"sold_out"}')).code).toBe('internal');
  for (const body of ['', '{', '[]', 'null', '{"code":7}']) {
    expect(errorOfReply(503, PROBLEM_TYPE, Buffer.from(body)).code).toBe('unavailable');
  }
});

test.each([
  [405, 'invalid_argument'],
  [418, 'invalid_argument'],
  [301, 'internal'],
  [408, 'deadline'],
  [502, 'unavailable'],
  [599, 'internal'],
])("a stranger's status %i is taken for %s", (status, code) => {
  expect(errorOfReply(status, 'text/html', Buffer.from('<h1>'))).toMatchObject({ code, answered: true });
});

test("a stranger's page is not repeated at length", () => {
  expect(errorOfReply(500, 'text/html', Buffer.alloc(10_000, 'x')).message.length).toBeLessThan(250);
});

test('what was thrown and is no CacheError tells nothing of itself', () => {
  const text = problemText(failureOf(new TypeError('secret at line 7')));
  expect(text).not.toContain('secret');
  expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'internal' });
});
