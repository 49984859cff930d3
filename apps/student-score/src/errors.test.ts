import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import { student } from '@ringcache/proto';
import { ERROR_TRAILER, languageOf, StudentError, type StudentErrorCode, toResponse } from './errors.js';

const codes = Object.keys(student.ErrorCode).filter((name) => name !== 'UNRECOGNIZED') as StudentErrorCode[];

test('every code of the proto has a status that is a failure, and a text in each language', () => {
  for (const code of codes) {
    const [zh, en] = (['zh', 'en'] as const).map((language) => toResponse(new StudentError(code), language));
    expect(zh?.details).toMatch(/^[\p{Script=Han}]/u);
    expect(en?.details).toMatch(/^[a-z]/);
    expect(en?.code).not.toBe(status.OK);
    expect(en?.code).toBe(zh?.code);
    expect(en?.metadata?.get(ERROR_TRAILER)).toEqual([`ERROR_CODE_${code}`]);
  }
});

test('the name in question stands behind the text', () => {
  const error = new StudentError('NOT_FOUND', { subject: '张三' });
  expect(toResponse(error, 'zh').details).toBe('没有这个学生：张三');
  expect(toResponse(error, 'en').details).toBe('no such student: 张三');
});

test.each([
  ['zh', 'zh'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['ZH-Hant', 'zh'],
  ['en-GB', 'en'],
  ['en,zh', 'en'],
  ['fr', 'en'],
  ['', 'en'],
])('accept-language %j is answered in %s', (wanted, language) => {
  const metadata = new Metadata();
  metadata.set('accept-language', wanted);
  expect(languageOf(metadata)).toBe(language);
});

test('a call without accept-language is answered in English', () => {
  expect(languageOf(new Metadata())).toBe('en');
});
