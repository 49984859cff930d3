import { expect, test } from '@jest/globals';
import { settingsOf } from '@ringcache/config';

import { schema } from './config.js';
import { isReloadable, NEEDS_RESTART, RELOADABLE, unlisted } from './reloadable.js';

const settings = settingsOf(schema);

test('of every setting it is said whether a running node takes it', () => {
  expect(unlisted(settings)).toEqual([]);
});

test('a setting that nobody has listed is found', () => {
  expect(unlisted([...settings, { ...settings[0]!, path: 'groups.<name>.newSetting' }])).toContain(
    'groups.<name>.newSetting',
  );
});

test('what is listed is in the schema, and in one list only', () => {
  const paths = new Set(settings.map(({ path }) => path));
  expect([...RELOADABLE, ...NEEDS_RESTART].filter((path) => !paths.has(path))).toEqual([]);
  expect(RELOADABLE.filter((path) => NEEDS_RESTART.includes(path))).toEqual([]);
  expect(NEEDS_RESTART.filter((path) => isReloadable(path) !== false)).toEqual([]);
});
