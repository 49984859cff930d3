import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { loadConfig } from './load-config.js';
import { secret } from './mark.js';
import { bytes, duration } from './quantity-schemas.js';
import { redacted, withoutPasswords } from './redacted.js';

describe('redacted', () => {
  const origin = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('http'), headers: z.record(z.string(), secret()).default({}) }),
    z.strictObject({ type: z.literal('none'), headers: z.string().default('none') }),
  ]);
  const schema = z.strictObject({
    password: secret().min(3).optional(),
    token: secret()
      .default('built-in')
      .transform((text) => text.trim()),
    keys: z.array(secret()).default([]),
    groups: z
      .record(z.string(), z.strictObject({ ttl: duration().default(90_000), maxBytes: bytes(), origin }))
      .default({}),
    url: z.string().default(''),
    count: z.number().default(60_000),
  });
  const load = (flags: Record<string, unknown>) => loadConfig(schema, { flags });

  test('hides secrets wherever the schema has them', () => {
    const config = load({ password: 'hunter2', keys: ['k1', 'k2'] });
    expect(redacted(config, schema)).toEqual({
      password: '***',
      token: '***',
      keys: ['***', '***'],
      groups: {},
      url: '',
      count: 60_000,
    });
    expect(config.password).toBe('hunter2');
  });

  test('hides secrets of that side of a union only which the value is of', () => {
    const groups = {
      a: { maxBytes: 1536, origin: { type: 'http', headers: { authorization: 'Bearer x' } } },
      b: { maxBytes: '1MiB', origin: { type: 'none' } },
    };
    expect(redacted(load({ groups }), schema)).toMatchObject({
      groups: {
        a: { ttl: '90s', maxBytes: '1536B', origin: { type: 'http', headers: { authorization: '***' } } },
        b: { ttl: '90s', maxBytes: '1MiB', origin: { type: 'none', headers: 'none' } },
      },
    });
  });

  test('hides the password of a URL in any text', () => {
    const shown = redacted(load({ url: 'postgres://me:hunter2@db:5432/x?sslmode=require' }), schema);
    expect(shown).toMatchObject({ url: 'postgres://me:***@db:5432/x?sslmode=require' });
  });

  test('leaves a secret that is not set unset', () => {
    expect(redacted(load({}), schema)).not.toHaveProperty('password', '***');
  });

  test('prints what loads again to the same configuration, where there are no secrets', () => {
    const plain = z.strictObject({ ttl: duration(), size: bytes(), list: z.array(z.string()), on: z.boolean() });
    const values = fc.record({
      ttl: fc.nat({ max: 86_400_000 }),
      size: fc.nat(),
      list: fc.array(fc.stringMatching(/^[a-z]+$/)),
      on: fc.boolean(),
    });
    fc.assert(
      fc.property(values, (flags) => {
        const config = loadConfig(plain, { flags });
        expect(loadConfig(plain, { flags: redacted(config, plain) as Record<string, unknown> })).toEqual(config);
      }),
    );
  });
});

test.each([
  ['http://u:p@h:1/x', 'http://u:***@h:1/x'],
  ['redis://:p@h', 'redis://:***@h'],
  ['http://u:p@a:1,http://u:q@b:2', 'http://u:***@b:2'],
  ['postgres://u:p/a@ss@h/db', 'postgres://u:***@h/db'],
  ['postgres://h/db?user=u&password=p&x=1', 'postgres://h/db?user=u&password=***&x=1'],
  ['http://h:80/x', 'http://h:80/x'],
  ['http://u@h/x', 'http://u@h/x'],
])('%s is shown as %s', (text, shown) => {
  expect(withoutPasswords(text)).toBe(shown);
});
