import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from '@jest/globals';
import { Child } from './child.js';
import { eventually } from './testing/eventually.js';

const CHILD = new URL('./child.ts', import.meta.url).href;

/** Makes a Node process that starts `command` as a Child and does nothing more. */
function parentOf(command: string, removeWithUs: string) {
  const options = JSON.stringify({ command: 'sh', args: ['-c', command], log: 'inherit', removeWithUs });
  const script = `import { Child } from ${JSON.stringify(CHILD)}; new Child(${options});
    process.stdin.on('end', () => process.exit()).resume(); // so that it ends with the test`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

describe('Child', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)('ends, with its own children, when %s ends its parent', async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'ringcache-child-'));
    const parent = parentOf("trap '' TERM HUP; sleep 1000 & echo started; wait", folder);
    const [line] = await once(createInterface(parent.stdout), 'line');
    expect(line).toBe('started');

    const closed = once(parent.stdout, 'close'); // the shell and its sleep hold the other end until they are gone
    parent.kill(signal);
    await closed;
    await eventually(() => !existsSync(folder));
  });

  test('hands over each line, and keeps the last ones', async () => {
    const lines: string[] = [];
    const script = 'for i in 1 2 3; do echo out $i; done; echo err >&2; exec 2>&-; sleep 0.05; seq 1 100; exit 7';
    const child = new Child({ command: 'sh', args: ['-c', script], log: (line) => lines.push(line) });
    await child.exited;
    expect(lines).toHaveLength(104);
    expect(lines).toEqual(expect.arrayContaining(['out 1', 'out 3', 'err', '100']));
    expect(child.lastLines.split('\n').slice(-2)).toEqual(['99', '100']);
    expect([child.running, child.exitCode]).toEqual([false, 7]);
  });

  test('that cannot be started has ended, and says why', async () => {
    const child = new Child({ command: '/no/such/program', args: [] });
    await child.exited;
    expect([child.running, child.exitCode]).toEqual([false, 127]);
    expect(child.lastLines).toContain('/no/such/program: not found');
    await child.kill(); // there is nothing to kill, and no failure
  });

  test('takes along what it started, even where it ends by itself', async () => {
    const child = new Child({ command: 'sh', args: ['-c', 'sleep 1000 & echo started'] });
    await child.exited; // which waits for the end of all output, so of the sleep too
    expect([child.exitCode, child.lastLines]).toEqual([0, 'started']);
  });

  test('is killed if it does not end when it is asked to', async () => {
    const child = new Child({ command: 'sh', args: ['-c', "trap '' TERM; echo ready; while :; do sleep 0.05; done"] });
    await eventually(() => child.lastLines === 'ready');
    await child.end('SIGTERM', 50);
    expect(child.running).toBe(false);
  });
});
