import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test('the example of the README prints what the README says', async () => {
  const readme = await readFile(here('../README.md'), 'utf8');
  const [, example] = /```ts\n(.*?)```/s.exec(readme)!;
  const [, output] = /It prints\n\n```\n(.*?)```/s.exec(readme)!;
  const file = here(`./readme-example-${process.pid}.ts`); // in the package, so that it can import it by name
  await writeFile(file, example!);
  try {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const run = promisify(execFile)('npx', ['tsx', '--conditions=source', file], { cwd: here('..'), env });
    expect((await run).stdout).toBe(output);
  } finally {
    await rm(file);
  }
});

test('the example of the project’s README is the same', async () => {
  const [ours, top] = await Promise.all(
    ['../README.md', '../../../README.md'].map((path) => readFile(here(path), 'utf8')),
  );
  const [, example] = /```ts\n(.*?)```/s.exec(ours!)!;
  expect(top).toContain(example!);
});
