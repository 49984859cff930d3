import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { CacheError, ERROR_CODES } from '@ringcache/cache-core';

import {
  drainingError,
  fromServiceError,
  fromWireError,
  misdirectedError,
  STATUS_OF_CODE,
  textOf,
  toServiceError,
} from './codes.js';

const ended = (code: status, metadata = new Metadata()): ServiceError =>
  Object.assign(new Error('ended'), { code, details: 'why', metadata });

describe('error codes', () => {
  test('have a gRPC status each, and no two the same but for the one that members alone tell each other', () => {
    const codes = ERROR_CODES.filter((code) => code !== 'not_owner');
    expect(new Set(codes.map((code) => STATUS_OF_CODE[code])).size).toBe(codes.length);
  });

  test.each(ERROR_CODES)('%s comes back from a unary call as the answer of a member', (code) => {
    const { code: sent, details, metadata } = toServiceError(new CacheError(code, 'why'));
    expect(fromServiceError(Object.assign(ended(sent, metadata), { details }))).toMatchObject({
      code,
      answered: true,
      message: 'why',
    });
  });

  test.each(ERROR_CODES.filter((code) => code !== 'not_owner'))(
    '%s is read from its status alone, as what grpc-js or something between said',
    (code) => {
      expect(fromServiceError(ended(STATUS_OF_CODE[code]))).toMatchObject({ code, answered: false });
    },
  );

  test.each([
    ['CANCELLED', 'unavailable'],
    ['ABORTED', 'unavailable'],
    ['UNIMPLEMENTED', 'unavailable'],
    ['UNKNOWN', 'internal'],
    ['DATA_LOSS', 'internal'],
    ['ALREADY_EXISTS', 'internal'],
  ] as const)('the status %s, which we never send, is %s', (name, code) => {
    expect(fromServiceError(ended(status[name]))).toMatchObject({ code, answered: false });
  });

  test('what a draining member refuses was answered by nobody, on a pipe and in a unary call', () => {
    const { code, metadata } = drainingError();
    expect(fromServiceError(ended(code, metadata))).toMatchObject({ code: 'unavailable', answered: false });
    expect(fromWireError({ code: 'draining', message: '', retryAfterMs: 0 })).toMatchObject({
      code: 'unavailable',
      answered: false,
    });
    const unavailable = { code: 'unavailable', message: '', retryAfterMs: 0 };
    expect(fromWireError(unavailable)).toMatchObject({ code: 'unavailable', answered: true });
  });

  test('what is refused as meant for another process was answered by nobody, on a pipe and in a unary call', () => {
    const { code, details, metadata } = misdirectedError(new CacheError('unavailable', 'this is b#1'));
    expect(fromServiceError(Object.assign(ended(code, metadata), { details }))).toMatchObject({
      ...{ code: 'unavailable', answered: false, message: 'this is b#1' },
    });
    expect(fromWireError({ code: 'misdirected', message: 'this is b#1', retryAfterMs: 0 })).toMatchObject({
      ...{ code: 'unavailable', answered: false, message: 'this is b#1' },
    });
  });

  test('a code of a later version is internal', () => {
    expect(fromWireError({ code: 'teapot', message: 'm', retryAfterMs: 0 })).toMatchObject({
      code: 'internal',
      answered: true,
    });
  });

  test('a text that a header cannot carry is made to fit', () => {
    const long = textOf(new CacheError('internal', `\ud800${'x'.repeat(10_000)}`));
    expect(long).toHaveLength(1024);
    expect(() => encodeURI(long)).not.toThrow();
  });
});
