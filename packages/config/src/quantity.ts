// Numbers with a unit: `30s`, `64MiB`. A bare number is in the smallest unit, as text too, for the environment has only text.

/** From the largest to the smallest; the last one's factor is 1. */
export type Units = readonly (readonly [name: string, factor: number])[];

export const TIME_UNITS: Units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

// Powers of 1024 only. MB is refused: half of its readers take it for 1000², half for 1024².
export const BYTE_UNITS: Units = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['B', 1],
];

/** How a time without an end is written. */
export const FOREVER = 'forever';

const QUANTITY = /^(\d{1,16}(?:\.\d{1,9})?) *([a-zA-Z]*)$/;

/** The value in the smallest unit, or undefined if `text` is none; it may have a fraction (`0.5ms`). */
export function parseQuantity(text: string, units: Units): number | undefined {
  const match = QUANTITY.exec(text.trim());
  if (match === null) return undefined;
  const [, amount, name] = match;
  const factor = name === '' ? 1 : units.find(([unit]) => unit === name)?.[1];
  return factor === undefined ? undefined : Number(amount) * factor;
}

/** Exact, in the largest unit that divides `value`: 90 s is `90s`, never `1.5m`; `Infinity` is {@link FOREVER}. Reads back as the same number. */
export function formatQuantity(value: number, units: Units, separator = ''): string {
  if (value === Number.POSITIVE_INFINITY) return FOREVER;
  const [name, factor] = units.find(([, size]) => value !== 0 && value % size === 0) ?? units.at(-1)!;
  return `${value / factor}${separator}${name}`;
}
