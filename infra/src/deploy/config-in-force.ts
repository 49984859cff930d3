// A node's own check of a configuration: what it is deployed with must be what it takes.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { commandOf } from '../testing/built.js';

const [node, main] = commandOf('node') as [string, string];

/**
 * What a node would run with, as `config print` says, which checks it as `config check` does.
 * @param env the node's, all of it. @throws {Error} with every mistake.
 */
export function configInForce(yaml: string, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'ringcache-deploy-'));
  try {
    const file = join(folder, 'node.yaml');
    writeFileSync(file, yaml);
    const args = [main, 'config', 'print', '--config', file];
    const { status, stdout, stderr } = spawnSync(node, args, {
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return parse(stdout) as Record<string, unknown>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
