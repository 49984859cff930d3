import { expect, test } from '@jest/globals';
import { commandOf } from '@ringcache/infra/testing/built';
import { execa } from 'execa';

import { readPage } from './page.js';

/** Flags with no setting: the file itself, and what is for no user. */
const NO_SETTING = ['--config', '--help'];

test('the page has every flag of the program, and no other', async () => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const [node, main] = commandOf('node') as [string, string];
  const { stdout } = await execa(node, [main, '--help'], { env, extendEnv: false });
  const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag!);

  const settings = (await readPage('docs/configuration.md')).split('\n').filter((line) => line.startsWith('|'));
  const told = settings.flatMap((line) => line.match(/(?<=`)--[\w-]+(?=`)/g) ?? []);
  expect([...told, ...NO_SETTING].sort()).toEqual(flags.sort());
});
