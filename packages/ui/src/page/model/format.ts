// Numbers as people read them. Every function gives text of a fixed shape, for columns that are to stay still.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const KIB = 1_024;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const THOUSAND = 1_000;
const MILLION = 1_000_000;

/** What is not known, in place of a number. */
export const UNKNOWN = '–';

export function count(value: number): string {
  if (value >= 10 * MILLION) return `${tenths.format(value / MILLION)} M`;
  return whole.format(value);
}

/** Per second. */
export function rate(value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  if (value >= 100 * THOUSAND) return `${tenths.format(value / THOUSAND)} k`;
  return value === 0 || value >= 100 ? whole.format(value) : tenths.format(value);
}

/** @param value 0 to 1. */
export function percent(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `${tenths.format(value * 100)} %`;
}

export function bytes(value: number): string {
  let unit = 0;
  let left = value;
  for (; left >= KIB && unit < UNITS.length - 1; unit++) left /= KIB;
  return `${unit === 0 || left >= 100 ? whole.format(left) : tenths.format(left)} ${UNITS[unit]}`;
}

/** A time that something took. */
export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN;
  if (ms >= 10 * SECOND_MS) return `${tenths.format(ms / SECOND_MS)} s`;
  return `${ms >= 100 ? whole.format(ms) : tenths.format(ms)} ms`;
}

/** A span of life: the two largest units. */
export function span(ms: number): string {
  if (ms < SECOND_MS) return `${whole.format(Math.max(0, ms))} ms`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return two(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  if (ms < DAY_MS) return two(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return two(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** Cut with an ellipsis, never through the middle of a character. */
export function cut(text: string, chars: number): string {
  const all = [...text.slice(0, chars * 2 + 2)];
  return all.length <= chars ? text : `${all.slice(0, chars - 1).join('')}…`;
}

/** A list in a sentence. */
export function and(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
