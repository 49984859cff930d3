import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const FILE = fileURLToPath(new URL('../../systemd/ringcache-node.service', import.meta.url));
const unit = readFileSync(FILE, 'utf8');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined;
const withSystemd = hasSystemd ? test : test.skip;

test('the unit is hardened, reloads by a signal, and is not started again with a bad configuration', () => {
  for (const line of [
    'Type=exec',
    'User=ringcache',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'CapabilityBoundingSet=',
    'SystemCallFilter=@system-service',
    'ExecReload=/bin/kill -HUP $MAINPID',
    'RestartPreventExitStatus=2',
    'KillMode=mixed',
  ]) {
    expect(unit.split('\n')).toContain(line);
  }
  const seconds = Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1]);
  expect(seconds).toBeGreaterThan(15); // shutdown.timeout
});

test('the user of the unit is the one that is made for it', () => {
  const users = readFileSync(fileURLToPath(new URL('../../systemd/ringcache.sysusers.conf', import.meta.url)), 'utf8');
  expect(users).toMatch(/^u ringcache /m);
});

withSystemd('systemd takes it, with no setting that it does not know (needs systemd)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringcache-unit-'));
  try {
    const file = join(folder, 'ringcache-node.service');
    writeFileSync(file, unit.replaceAll('/usr/bin/node', process.execPath)); // wherever it is here
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    const ours = stderr.split('\n').filter((line) => line.includes('ringcache-node'));
    expect([status, ours]).toEqual([0, []]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
