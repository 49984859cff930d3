import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const TOKEN = /--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g;

const THEMES = {
  light: new Map([...css.matchAll(TOKEN)].map(([, name, light]) => [name!, light!])),
  dark: new Map([...css.matchAll(TOKEN)].map(([, name, , dark]) => [name!, dark!])),
};

/** As WCAG 2.2 defines it, 1 to 21. */
function contrast(a: string, b: string): number {
  const [dim, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const TEXT = [
  ...['text', 'quiet', 'accent', 'warning', 'danger'].flatMap((name) => [
    [name, 'ground'],
    [name, 'raised'],
  ]),
  ['text', 'accent-ground'],
  ['accent', 'accent-ground'],
  ['warning', 'warning-ground'],
  ['on-accent', 'accent'],
] as [string, string][];
const MARKS = Array.from({ length: 8 }, (_, i) => [`member-${i}`, 'ground'] as const);

describe.each(['light', 'dark'] as const)('in the theme %s', (theme) => {
  const colour = (name: string) => THEMES[theme].get(name)!;

  test('every text can be read: a contrast of 4.5 or more', () => {
    const poor = TEXT.filter(([text, ground]) => !(contrast(colour(text), colour(ground)) >= 4.5));
    expect(poor).toEqual([]);
  });

  test('every mark can be told from its ground: a contrast of 3 or more', () => {
    const poor = MARKS.filter(([mark, ground]) => !(contrast(colour(mark), colour(ground)) >= 3));
    expect(poor).toEqual([]);
  });
});
