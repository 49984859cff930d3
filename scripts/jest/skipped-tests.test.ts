import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import SkippedTests from './skipped-tests.js';

let printed: string[];
const { CI } = process.env;

beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env.CI = CI ?? '';
});

/** Reports of one test file with these tests. */
function reportOf(tests: readonly { status: string; fullName: string }[], testNamePattern?: string) {
  const reporter = new SkippedTests({ testNamePattern });
  reporter.onTestFileResult({}, { testFilePath: `${process.cwd()}/a/b.test.ts`, testResults: tests });
  reporter.onRunComplete();
  return { printed, error: reporter.getLastError() };
}

test('what is skipped is listed under what it needs, and what has run is not', () => {
  process.env.CI = 'true';
  const { printed, error } = reportOf([
    { status: 'pending', fullName: 'the chart (needs golang-go) is rendered' },
    { status: 'passed', fullName: 'all else (needs nothing)' },
    { status: 'pending', fullName: 'the chart (needs golang-go) is checked' },
  ]);
  expect(printed).toEqual([
    '\nSkipped, for want of golang-go:',
    '  a/b.test.ts: the chart (needs golang-go) is rendered',
    '  a/b.test.ts: the chart (needs golang-go) is checked',
  ]);
  expect(error).toBeUndefined();
});

test('a test that is skipped for no reason fails the run in CI, and is listed elsewhere', () => {
  const skipped = [{ status: 'pending', fullName: 'forgotten' }];
  process.env.CI = '';
  expect(reportOf(skipped)).toMatchObject({
    printed: [expect.stringContaining('no reason is given'), expect.anything()],
  });
  expect(reportOf(skipped).error).toBeUndefined();
  process.env.CI = 'true';
  expect(reportOf(skipped).error?.message).toContain('no reason is given');
});

test('a run of tests by name lists none of the others', () => {
  process.env.CI = 'true';
  expect(reportOf([{ status: 'pending', fullName: 'another' }], 'one')).toEqual({ printed: [], error: undefined });
});
