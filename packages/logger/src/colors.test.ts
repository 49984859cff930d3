import { expect, test } from '@jest/globals';

import { colorsFor } from './colors.js';

test.each<[string, boolean, NodeJS.ProcessEnv, boolean]>([
  ['a terminal has them', true, {}, true],
  ['a pipe has none', false, {}, false],
  ['nor has a pipe in a CI job', false, { CI: 'true' }, false],
  ['a terminal has none where nobody wants them', true, { NO_COLOR: '1' }, false],
  ['nor one that is dumb', true, { TERM: 'dumb' }, false],
  ['a pipe has them where they are asked for', false, { FORCE_COLOR: '1' }, true],
  ['a terminal has none where they are forced off', true, { FORCE_COLOR: '0' }, false],
])('%s', (_, isTTY, env, has) => {
  expect(colorsFor({ isTTY }, env).red('x') === 'x').toBe(!has);
});
