import { expect, test } from '@jest/globals';

import { changesBetween, nameOf, withSettingsOf } from './config-changes.js';

const BEFORE = {
  log: { level: 'info' },
  access: { tokens: [{ token: 'a' }] },
  groups: { a: { ttl: 1, origin: { type: 'http', url: 'u', timeout: 1 } }, gone: { ttl: 1 } },
};

test('settings that differ are found one by one, lists and maps of another type as a whole', () => {
  const after = {
    log: { level: 'debug' },
    access: { tokens: [{ token: 'b' }] },
    groups: { a: { ttl: 1, rate: { perSecond: 1 }, origin: { type: 'grpc', target: 't', timeout: 2 } }, new: {} },
  };
  expect(changesBetween(BEFORE, after).map(nameOf)).toEqual([
    'log.level',
    'access.tokens',
    'groups.a.origin',
    'groups.a.rate',
    'groups.gone',
    'groups.new',
  ]);
  expect(changesBetween(BEFORE, JSON.parse(JSON.stringify(BEFORE)))).toEqual([]);
});

test('some settings of another configuration are taken, and neither changes', () => {
  const after = { log: { level: 'debug' }, access: {}, groups: { a: { ttl: 2, origin: { type: 'none' } } } };
  const both = withSettingsOf<object>(BEFORE, after, [
    ['access', 'tokens'],
    ['groups', 'a', 'ttl'],
  ]);
  expect(both).toEqual({ ...BEFORE, access: {}, groups: { ...BEFORE.groups, a: { ...BEFORE.groups.a, ttl: 2 } } });
  expect(BEFORE.groups.a.ttl).toBe(1);
});

test('a name that could be misread is quoted', () => {
  expect(nameOf(['groups', 'a.b', 'ttl'])).toBe('groups."a.b".ttl');
});
