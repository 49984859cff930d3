// Known bugs, to be planted in a copy of the code: what shows that the simulation finds such things. An edit that does not
// apply any more is a failure: it would plant nothing.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Plant {
  readonly name: string;
  /** The first seed that finds it: where a search begins, which goes on where a change of the simulation has moved it. */
  readonly seed: number;
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

const CORE = 'packages/cache-core/src';

export const PLANTS: readonly Plant[] = [
  {
    name: 'one flight map for load and fetch',
    seed: 1,
    edits: [
      {
        file: `${CORE}/fetching.ts`,
        from: 'this.flights = new Flights({ clock: state.clock, timeoutMs: state.limits.flightTimeoutMs });',
        to: 'this.flights = loading.flights;',
      },
    ],
  },
  {
    name: 'no fence',
    seed: 59,
    edits: [
      {
        file: `${CORE}/flights.ts`,
        from: 'flight.fenced = true;\n    this.#flights.delete(key);',
        to: 'this.#flights.delete(key);',
      },
    ],
  },
  {
    name: 'no drop after a lost lease',
    seed: 99,
    edits: [
      {
        file: `${CORE}/pledges.ts`,
        from: 'if (!this.listed) {\n        this.#cutOff();\n        return false;\n      }',
        to: '',
      },
    ],
  },
  {
    name: 'serve forwards again',
    seed: 1,
    edits: [
      {
        file: `${CORE}/reading.ts`,
        from: 'owner\n    return waitFor(this.#freshness.load(key, held, options), options, this.#state.clock);',
        to: 'owner\n    return this.get(key, options);',
      },
    ],
  },
  {
    name: 'a watch that misses events',
    seed: 2,
    edits: [
      {
        file: 'packages/discovery/src/etcd-watch.ts',
        from: 'this.#table.revision + 1, {',
        to: 'this.#table.revision + 2, {',
      },
      { file: 'packages/discovery/src/etcd-watch.ts', from: 'REREAD_MS = 30_000;', to: 'REREAD_MS = 2e9;' },
    ],
  },
];

/** Copies what the simulation runs to a folder, and plants the bug there. @throws {Error} an edit does not apply. */
export function plant({ edits }: Plant, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const noBuilds = { recursive: true, verbatimSymlinks: true, filter: (path: string) => !path.endsWith('/dist') };
  for (const part of ['packages', 'proto', 'sim']) cpSync(join(ROOT, part), join(folder, part), noBuilds);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const name of readdirSync(ROOT)) {
    if (/^(package\.json|tsconfig.*\.json)$/.test(name)) cpSync(join(ROOT, name), join(folder, name));
  }
  for (const { file, from, to } of edits) {
    const path = join(folder, file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text.split(from).length !== 2) throw new Error(`${file} does not have once: ${from}`);
    writeFileSync(path, text.replace(from, to));
  }
}
