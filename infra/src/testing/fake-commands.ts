import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Commands for a PATH of their own, as shell scripts: what a machine has that has no etcd, or no Debian.
 * @param scripts by name; `$HERE` is the folder they lie in.
 * @returns an environment in which nothing else is on the PATH; inside the scripts, the usual commands are.
 */
export function fakeCommands(folder: string, scripts: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nset -e\nHERE='${folder}'\nPATH=/usr/bin:/bin\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: ['', folder, join(folder, 'not there')].join(delimiter) };
}

/** The body of a script that stands for etcd: it tells its version, whatever it is asked. */
export const FAKE_ETCD = 'echo "etcd Version: 0.0.0-fake"';
