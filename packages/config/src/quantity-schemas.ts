import { z } from 'zod';
import { marks } from './mark.js';
import { BYTE_UNITS, FOREVER, formatQuantity, parseQuantity, TIME_UNITS, type Units } from './quantity.js';

/** Both ends are allowed values, written as in a file: `'250ms'`, `'1GiB'`, or a number of ms or bytes. */
export interface Limits {
  readonly min?: number | string;
  readonly max?: number | string;
}

// A timer set for more than 2^31 - 1 ms (24.8 days) fires at once; longer times have to be asked for.
const LONGEST_TIMER = '24d';
// More than the memory of any machine it would run on, so that a slip of the unit shows.
const MOST_BYTES = '1TiB';

/**
 * `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'2d'` or a number of ms, to whole ms.
 * @param limits by default 0 to 24 days, the longest that a timer keeps.
 */
export function duration({ min = 0, max = LONGEST_TIMER }: Limits = {}): z.ZodType<number, number | string> {
  const wanted = 'must be a duration such as "250ms", "30s", "5m" or "1h"';
  return quantity(wanted, TIME_UNITS, min, max)
    .register(marks, { printAs: 'duration' })
    .meta({ title: ranged('duration', TIME_UNITS, min, max) });
}

/** As {@link duration}, or `'forever'`, which is `Infinity`. */
export function lifetime({ min = 0, max = LONGEST_TIMER }: Limits = {}): z.ZodType<number, number | string> {
  const wanted = 'must be a duration such as "30s", "5m" or "1h", or "forever"';
  return quantity(wanted, TIME_UNITS, min, max, { orForever: true })
    .register(marks, { printAs: 'duration' })
    .meta({ title: `${ranged('duration', TIME_UNITS, min, max)}, or \`${FOREVER}\`` });
}

/**
 * `'512KiB'`, `'64MiB'`, `'1GiB'` or a number of bytes, to whole bytes. Units are powers of 1024; MB and the like are refused.
 * @param limits by default 0 to 1 TiB.
 */
export function bytes({ min = 0, max = MOST_BYTES }: Limits = {}): z.ZodType<number, number | string> {
  const wanted = 'must be a size such as "512KiB", "64MiB" or "1GiB"';
  return quantity(wanted, BYTE_UNITS, min, max)
    .register(marks, { printAs: 'bytes' })
    .meta({ title: ranged('size', BYTE_UNITS, min, max) });
}

function quantity(
  wanted: string,
  units: Units,
  min: number | string,
  max: number | string,
  { orForever = false } = {},
) {
  const least = limit(min, units);
  const most = limit(max, units);
  const endless = orForever ? [z.literal(Number.POSITIVE_INFINITY)] : []; // which is no z.number(), but what was read once
  return z.union([z.number(), z.string(), ...endless], { error: wanted }).transform((input, context) => {
    if (orForever && (input === FOREVER || input === Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    const value = typeof input === 'number' ? input : parseQuantity(input, units);
    const problem = problemOf(value);
    if (value !== undefined && problem === undefined) return value;
    context.addIssue({ code: 'custom', message: problem ?? wanted });
    return z.NEVER;
  });

  function problemOf(value: number | undefined): string | undefined {
    if (value === undefined) return wanted;
    if (value < least) return `must be at least ${formatQuantity(least, units, ' ')}`;
    if (value > most) return `must be at most ${formatQuantity(most, units, ' ')}`;
    return Number.isSafeInteger(value) ? undefined : `must come to whole ${units.at(-1)![0]}`;
  }
}

/** What is written there, as a reference says it: `duration, 1s to 5m`. */
function ranged(what: string, units: Units, min: number | string, max: number | string): string {
  const least = limit(min, units);
  return `${what}, ${least === 0 ? 0 : formatQuantity(least, units)} to ${formatQuantity(limit(max, units), units)}`;
}

function limit(value: number | string, units: Units): number {
  const parsed = typeof value === 'number' ? value : parseQuantity(value, units);
  if (parsed === undefined) throw new TypeError(`${value} is no limit in ${units.map(([name]) => name).join(', ')}`);
  return parsed;
}
