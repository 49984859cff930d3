import { expect, test } from '@jest/globals';

import { outputOf } from './service-output.js';

const terminal = { isTTY: true };
const pretty = ['--log-format', 'pretty'];

test.each([
  ['in a terminal, pretty and coloured', terminal, 'auto', {}, { args: pretty, env: { FORCE_COLOR: '1' } }],
  ['coloured where pretty is asked for', terminal, 'pretty', {}, { args: [], env: { FORCE_COLOR: '1' } }],
  ['plain where colours are not wanted', terminal, 'auto', { NO_COLOR: '1' }, { args: pretty, env: { NO_COLOR: '1' } }],
  ['plain in a terminal without colours', terminal, 'auto', { TERM: 'dumb' }, { args: pretty, env: { TERM: 'dumb' } }],
  ['as FORCE_COLOR says', terminal, 'auto', { FORCE_COLOR: '0' }, { args: pretty, env: { FORCE_COLOR: '0' } }],
  ['as it is elsewhere', {}, 'auto', { LANG: 'C' }, { args: [], env: { LANG: 'C' } }],
])('the log of members is %s', (_, stdout, format, env, output) => {
  expect(outputOf(stdout, format, env)).toEqual(output);
});
