import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BYTE_UNITS, formatQuantity, parseQuantity, TIME_UNITS } from './quantity.js';
import { bytes, duration, lifetime } from './quantity-schemas.js';

function problem(schema: ReturnType<typeof duration>, input: unknown): string | undefined {
  return schema.safeParse(input).error?.issues[0]?.message;
}

describe('duration', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['1.5 s', 1500],
    ['0', 0],
    [42, 42],
  ])('%j is %d ms', (input, ms) => {
    expect(duration().parse(input)).toBe(ms);
  });

  test.each(['', 's', '-1s', '1 week', '1e3', '30S', '1s 2ms', true, null])('%j is refused', (input) => {
    expect(problem(duration(), input)).toMatch(/^must be a duration such as/);
  });

  test('limits are kept and named with their unit', () => {
    const schema = duration({ min: '1s', max: 60_000 });
    expect([schema.parse('1s'), schema.parse('1m')]).toEqual([1000, 60_000]);
    expect(problem(schema, '999ms')).toBe('must be at least 1 s');
    expect(problem(schema, 60_001)).toBe('must be at most 1 m');
    expect(problem(duration(), -1)).toBe('must be at least 0 ms');
  });

  test('no default limit lets a timer fire at once', () => {
    expect(problem(duration(), '25d')).toBe('must be at most 24 d');
    expect(duration().parse('24d')).toBeLessThan(2 ** 31);
  });

  test('part of a ms is refused', () => {
    expect(problem(duration(), '0.5ms')).toBe('must come to whole ms');
    expect(problem(duration(), 1.5)).toBe('must come to whole ms');
  });

  test('a limit that cannot be read is a fault of the program', () => {
    expect(() => duration({ min: '1 year' })).toThrow(TypeError);
  });
});

describe('lifetime', () => {
  test.each([
    ['forever', Number.POSITIVE_INFINITY],
    ['5m', 300_000],
    [0, 0],
  ])('%j is %d ms', (input, ms) => {
    expect(lifetime().parse(input)).toBe(ms);
    expect(lifetime().parse(formatQuantity(ms, TIME_UNITS))).toBe(ms);
    expect(lifetime().parse(ms)).toBe(ms); // a configuration that was read is checked again when it changes
  });

  test('is no other word, and nothing below 0', () => {
    expect(problem(lifetime(), 'for ever')).toContain('or "forever"');
    expect(problem(lifetime(), -1)).toBe('must be at least 0 ms');
    expect(problem(duration(), 'forever')).toMatch(/^must be a duration such as/);
  });
});

describe('bytes', () => {
  test.each([
    ['64MiB', 64 * 2 ** 20],
    ['1GiB', 2 ** 30],
    ['0.5KiB', 512],
    ['7B', 7],
    [12, 12],
  ])('%j is %d bytes', (input, size) => {
    expect(bytes().parse(input)).toBe(size);
  });

  test('units that some read as powers of 1000 are refused', () => {
    for (const input of ['64MB', '64M', '64mb', '64Mi'])
      expect(problem(bytes(), input)).toMatch(/^must be a size such as/);
  });

  test('limits are kept', () => {
    expect(problem(bytes({ min: '1MiB' }), 12)).toBe('must be at least 1 MiB');
    expect(problem(bytes({ max: '1MiB' }), '2MiB')).toBe('must be at most 1 MiB');
    expect(problem(bytes(), '2TiB')).toBe('must be at most 1 TiB');
  });
});

test('what is printed reads back as the same number', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 31 }),
      fc.constantFrom(TIME_UNITS, BYTE_UNITS),
      fc.constantFrom('', ' '),
      (value, units, gap) => {
        expect(parseQuantity(formatQuantity(value, units, gap), units)).toBe(value);
      },
    ),
  );
});
