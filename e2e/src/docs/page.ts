import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A page of the project, by its path from the root. */
export function readPage(path: string): Promise<string> {
  return readFile(rootFile(path), 'utf8');
}

export function rootFile(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** The cells of every table row, without the row of dashes. */
export function tableRows(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** The code blocks of one language, in order; '' for those that name none. */
export function codeBlocks(page: string, language: string): string[] {
  return [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, code]) =>
    name === language ? [code!] : [],
  );
}

/** Where the links of the text lead, in order; what is in code is no link. */
export function linksOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
}

/** The levels of the headings, in order. */
export function headingLevels(page: string): number[] {
  return [...withoutCode(page).matchAll(/^(#+) /gm)].map(([, marks]) => marks!.length);
}

/** What a link within a page calls its headings. */
export function headingIds(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(page: string): string {
  return page.replace(/^```[\s\S]*?^```$/gm, '');
}
