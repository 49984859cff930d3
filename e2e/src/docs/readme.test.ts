// The Chinese README says what the English one says: what can be compared without reading either is compared here.

import { expect, test } from '@jest/globals';

import { codeBlocks, headingLevels, linksOf, readPage } from './page.js';

const ENGLISH = 'README.md';
const CHINESE = 'README.zh-CN.md';
const [english, chinese] = (await Promise.all([ENGLISH, CHINESE].map(readPage))) as [string, string];

test('both have the same headings', () => {
  expect(headingLevels(chinese)).toEqual(headingLevels(english));
});

test('both lead to the same places, and to each other', () => {
  expect(linksOf(english)).toContain(CHINESE);
  expect(linksOf(chinese)).toContain(ENGLISH);
  const places = linksOf(chinese).map((link) => (link === ENGLISH ? CHINESE : link));
  expect(places).toEqual(linksOf(english));
});

test.each(['sh', 'ts'])('the code in %s is the same but for its comments', (language) => {
  expect(codeBlocks(english, language).length).toBeGreaterThan(0);
  expect(codeBlocks(chinese, language).map(withoutComments)).toEqual(
    codeBlocks(english, language).map(withoutComments),
  );
});

test('the diagrams have the same arrows', () => {
  const arrows = (page: string) => codeBlocks(page, 'mermaid').map((code) => code.match(/^\s*\w+|-->|-\.->/gm));
  expect(arrows(chinese)).toEqual(arrows(english));
});

test('both give the same numbers of items and rows', () => {
  const marks = (page: string) => page.match(/^(- |\|)/gm);
  expect(marks(chinese)).toEqual(marks(english));
});

function withoutComments(code: string): string {
  return code.replace(/\s*(#|\/\/) .*$/gm, '').trim();
}
