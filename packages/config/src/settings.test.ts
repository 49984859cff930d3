import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { address } from './address.js';
import { secret } from './mark.js';
import { bytes, duration } from './quantity-schemas.js';
import { type Setting, settingsOf } from './settings.js';

function only(schema: z.ZodType): Setting {
  const [setting, ...others] = settingsOf(z.strictObject({ it: schema }));
  expect(others).toEqual([]);
  return setting!;
}

test('a setting has its path, what may be written, its default and its description', () => {
  const schema = z.strictObject({
    listen: z.strictObject({ grpc: address.default('localhost:1').describe('Where to listen.') }).prefault({}),
    groups: z.record(z.string(), z.strictObject({ ttl: duration({ max: '1h' }) })).default({}),
    tokens: z.array(z.strictObject({ role: z.enum(['read', 'write']).optional() })),
  });
  const none = { value: undefined, default: undefined, required: false, description: undefined, forms: [] };
  expect(settingsOf(schema)).toEqual([
    { ...none, path: 'listen' },
    {
      ...none,
      path: 'listen.grpc',
      value: '`host:port`',
      default: '`localhost:1`',
      description: 'Where to listen.',
    },
    { ...none, path: 'groups', default: '`{}`' },
    { ...none, path: 'groups.<name>.ttl', value: 'duration, 0 to 1h', required: true },
    { ...none, path: 'tokens', required: true },
    { ...none, path: 'tokens[].role', value: '`read`, `write`' },
  ]);
});

test.each<[string, z.ZodType, string]>([
  ['text', z.string().min(1), 'text'],
  ['bounded text', z.string().max(256), 'text, up to 256 characters'],
  ['a secret', secret().min(16).optional(), 'secret text, at least 16 characters'],
  ['a whole number', z.number().int().min(1).max(10_000).default(1), 'whole number, 1 to 10,000'],
  ['a number above a limit', z.number().gt(0).max(1), 'number, above 0 to 1'],
  ['a number with a least', z.number().min(0), 'number, at least 0'],
  ['a number with a most', z.number().max(5), 'number, at most 5'],
  ['yes or no', z.boolean(), '`true` or `false`'],
  ['a size', bytes({ min: '1KiB', max: '64MiB' }), 'size, 1KiB to 64MiB'],
  ['a list', z.array(address), 'list of: `host:port`'],
  ['a map of values', z.record(z.string(), secret()), 'map of any name to: secret text'],
  ['one of several', address.or(z.literal('')), "`host:port` or `''`"],
])('%s is told as such', (_, schema, value) => {
  expect(only(schema).value).toBe(value);
});

test('a default has its unit, as a file would', () => {
  expect(only(duration().default(90_000)).default).toBe('`90s`');
  expect(only(bytes().default(2 ** 20)).default).toBe('`1MiB`');
  expect(only(z.array(z.string()).default(['a', 'b'])).default).toBe('`[a, b]`');
  expect(only(duration().default(0)).default).toBe('`0`');
});

test('what only some forms of a map have names these forms', () => {
  const limits = { timeout: duration().describe('How long.') };
  const origin = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('http'), ...limits }),
    z.strictObject({ type: z.literal('module'), path: z.string(), ...limits }),
    z.strictObject({ type: z.literal('none') }),
  ]);
  const forms = settingsOf(z.strictObject({ origin })).map(({ path, value, forms }) => [path, value, ...forms]);
  expect(forms).toEqual([
    ['origin', undefined],
    ['origin.type', '`http`, `module`, `none`'],
    ['origin.timeout', 'duration, 0 to 24d', '`http`', '`module`'],
    ['origin.path', 'text', '`module`'],
  ]);
});

test('a value that nobody has words for is refused, not left out', () => {
  expect(() => settingsOf(z.strictObject({ it: z.date() }))).toThrow(/date.*title/);
});
