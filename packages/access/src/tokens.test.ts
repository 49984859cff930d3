import { describe, expect, test } from '@jest/globals';

import { allows, type Role, Tokens } from './tokens.js';

const READER = 'reader-0123456789';
const WRITER = 'writer-0123456789';

describe('tokens', () => {
  const tokens = new Tokens([
    { token: READER, role: 'read', groups: ['g', 'h'] },
    { token: WRITER, role: 'write' },
  ]);

  test('are found by their text alone, all of it', () => {
    expect(tokens.find(READER)).toMatchObject({ role: 'read', groups: new Set(['g', 'h']) });
    expect(tokens.find(WRITER)).toMatchObject({ role: 'write', groups: undefined });
    for (const other of ['', READER.slice(1), `${READER} `, READER.toUpperCase()]) {
      expect(tokens.find(other)).toBeUndefined();
    }
  });

  test('are named by what does not tell them', () => {
    const { name } = tokens.find(READER)!;
    expect(name).toMatch(/^[0-9a-f]{8}$/);
    expect(name).not.toBe(tokens.find(WRITER)!.name);
  });

  test('that are short, or there twice, are refused, and not quoted', () => {
    const refusal = (texts: string[]) => {
      try {
        new Tokens(texts.map((token) => ({ token, role: 'read' })));
      } catch (error) {
        return error as Error;
      }
      throw new Error('taken');
    };
    expect(refusal(['fifteen-letters'])).toMatchObject({ code: 'invalid_argument' });
    expect(refusal(['fifteen-letters']).message).not.toContain('fifteen-letters');
    expect(refusal([READER, READER]).message).toMatch(/twice/);
    expect(refusal([READER, READER]).message).not.toContain(READER);
    expect(new Tokens([{ token: 'sixteen-letters!', role: 'read' }]).size).toBe(1);
  });
});

test.each<[Role, Role, boolean]>([
  ['read', 'read', true],
  ['read', 'write', false],
  ['read', 'admin', false],
  ['write', 'read', true],
  ['write', 'write', true],
  ['write', 'admin', false],
  ['admin', 'read', true],
  ['admin', 'write', true],
  ['admin', 'admin', true],
])('a token to %s may %s: %s', (role, wanted, may) => {
  expect(allows({ name: '', role, groups: undefined }, wanted, 'g')).toBe(may);
});

test('a token of some groups is good for no other, and tells of the ring but not of all groups', () => {
  const grant = { name: '', role: 'admin', groups: new Set(['g']) } as const;
  expect(allows(grant, 'write', 'g')).toBe(true);
  expect(allows(grant, 'read', 'other')).toBe(false);
  expect(allows(grant, 'read', '')).toBe(true);
  expect(allows(grant, 'admin', '')).toBe(false);
});
