import { afterAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from './load-config.js';
import { ConfigFolder } from './testing/config-folder.js';
import { MAX_FILE_BYTES, readYamlFile } from './yaml-file.js';

const folder = new ConfigFolder();
afterAll(() => folder.remove());

function refused(content: string | Uint8Array): string[] {
  return folder.problems(() => readYamlFile(folder.file(content)));
}

describe('a file is refused', () => {
  test.each<[string, string, string]>([
    ['for a key given twice', 'a: 1\nb: 2\na: 3', 'nodes.yaml:3: the same key is given twice'],
    ['for a second document', 'a: 1\n---\nb: 2', 'nodes.yaml:2: must be one document: a second one begins here'],
    ['if it is a list', '- 1', 'nodes.yaml:1: must be a map of settings'],
    ['if it is a word', 'hello', 'nodes.yaml:1: must be a map of settings'],
    ['for an unknown tag', 'a: !env X', 'nodes.yaml:1: Unresolved tag: !env'],
    ['for a key that zod would pass over', 'a:\n  __proto__: {}', "nodes.yaml:2: __proto__ can't be a key"],
  ])('%s', (_, content, problem) => {
    expect(refused(content)).toEqual([problem]);
  });

  test('where its syntax breaks, without a quotation of the line', () => {
    const problems = refused('a: 1\npassword: "hunter2\n');
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/^nodes\.yaml:\d+: /);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('if it is not there, or a folder', () => {
    expect(folder.problems(() => readYamlFile('no/such.yaml'))).toEqual(['no/such.yaml: there is no such file']);
    expect(folder.problems(() => readYamlFile('.'))).toEqual(['.: is a folder']);
  });

  test('if it is not UTF-8', () => {
    expect(refused(Uint8Array.of(0x61, 0x3a, 0x20, 0xff))).toEqual(['nodes.yaml: is not UTF-8 text']);
  });

  test('from one byte over 1 MiB on', () => {
    const full = `a: 1\n#${'x'.repeat(MAX_FILE_BYTES - 6)}`;
    expect(readYamlFile(folder.file(full)).data).toEqual({ a: 1 });
    expect(refused(`${full}x`)).toEqual(['nodes.yaml: is over 1 MiB']);
  });

  test('for aliases that would grow into millions', () => {
    const levels = Array.from(
      { length: 9 },
      (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index},`.repeat(9)}]`,
    );
    expect(refused(`l0: &l0 [x]\n${levels.join('\n')}`)[0]).toMatch(/alias/i);
  });

  test('for an alias of nothing', () => {
    expect(refused('a: *nothing')[0]).toMatch(/nothing/);
  });
});

test('an empty file, or one of comments, sets nothing', () => {
  expect(readYamlFile(folder.file('')).data).toEqual({});
  expect(readYamlFile(folder.file('# cluster: dev\n')).data).toEqual({});
});

test('a name is what is written, also where it could be a number or a date', () => {
  const file = folder.file('groups: { 007: 1, 1e3: 2, 0x10: 3, 1.0: 4, true: 5, null: 6, 2026-01-01: 7 }');
  const { groups } = readYamlFile(file).data as { groups: object };
  expect(Object.keys(groups)).toEqual(
    expect.arrayContaining(['007', '1e3', '0x10', '1.0', 'true', 'null', '2026-01-01']),
  );
});

test('a problem is told with the line of the item, key or nearest place that is there', () => {
  const file = readYamlFile(folder.file('a:\n  - x: 1\n  - x: 2\n    y: 3\nb: &b\n  c: 1\nd: *b\n5: z\n'));
  expect(file.lineOf(['a', 1, 'y'])).toBe(4);
  expect(file.lineOf(['a', 1, 'missing'])).toBe(3);
  expect(file.lineOf(['d', 'c'])).toBe(6);
  expect(file.lineOf(['5'])).toBe(8);
  expect(file.lineOf(['a', 9])).toBe(1);
  expect(file.lineOf(['missing'])).toBeUndefined();
});

test('YAML 1.2 counts: yes and no are words', () => {
  const file = folder.file('country: no\n');
  expect(loadConfig(z.strictObject({ country: z.string() }), { file })).toEqual({ country: 'no' });
});
