// The completion script in a real bash: what it would offer for a line.

import { execFileSync, spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';

import { SHELLS } from './commands/completion.js';
import { ringctl } from './testing/ringctl.js';

jest.setTimeout(60_000);

let script: string;
beforeAll(async () => {
  script = String((await ringctl(['completion', 'bash'])).stdout);
});

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const ask = `COMP_WORDS=(ringctl "$@"); COMP_CWORD=$#; _ringctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', `${script}\n${ask}`, 'bash', ...words], { encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

describe('bash is offered', () => {
  test('commands', () => {
    expect(offered('m')).toEqual(['members']);
    expect(offered('')).toEqual(expect.arrayContaining(['ring', 'config', 'top', 'completion']));
  });

  test('commands of a command', () => {
    expect(offered('config', '')).toEqual(expect.arrayContaining(['print', 'check', 'reload']));
    expect(offered('config', 'r')).toEqual(['reload']);
  });

  test('flags of the command, and the values of those that have a few', () => {
    expect(offered('stats', '--by')).toEqual(['--by-member']);
    expect(offered('members', '--by')).toEqual([]);
    expect(offered('config', 'print', '--mem')).toEqual(['--member']);
    expect(offered('members', '-o', '')).toEqual(['table', 'json', 'yaml']);
  });
});

test('scripts of all shells name every command, and are taken by a shell that is here', async () => {
  for (const shell of SHELLS) {
    const text = String((await ringctl(['completion', shell])).stdout);
    for (const name of ['members', 'hot-keys', 'log-level', 'reload']) expect(text).toContain(name);
    const check = spawnSync(shell, ['-n'], { input: text, encoding: 'utf8' });
    if (check.error === undefined) expect([shell, check.stderr]).toEqual([shell, '']); // else it is not installed
  }
});
