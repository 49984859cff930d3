// Runs the workspace's TypeScript with nothing but its types taken out: `node --import ./strip-types.js --conditions=source`.
//
// Measured code must be the code that is published. tsx, which starts every other command here, keeps function names by
// wrapping each inner function and class in a call of Object.defineProperty, and minifies: neither is what tsc emits.
// SWC with an ES2023 target leaves the code as it is written, private fields included.
//
// The loader lives on a thread of its own, so what it allocates is not in the measured heap.

import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from '@swc/core';

if (isMainThread) register(import.meta.url);

/** Sources import `./x.js`, as what is published will; on disk that is `./x.ts`. */
export async function resolve(specifier, context, next) {
  const isSource = specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts');
  return next(isSource ? `${specifier.slice(0, -'.js'.length)}.ts` : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(await readFile(filename, 'utf8'), {
    filename,
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
    sourceMaps: false,
    swcrc: false,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
