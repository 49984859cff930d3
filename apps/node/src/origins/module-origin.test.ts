import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createOrigin } from './create-origin.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-module-'));
});
afterAll(() => rm(folder, { recursive: true }));

const LIMITS = { timeout: 1_000, attempts: 1, concurrency: 1, queue: 1, rate: 0, burst: 1 };
const context = () => ({ signal: new AbortController().signal, requestId: 'r-1' });

/** The origin of a file with this text, beside a config file. */
async function originOf(path: string, text?: string) {
  if (text !== undefined) await writeFile(join(folder, path), text);
  const configFile = join(folder, 'node.yaml');
  return (await createOrigin({ type: 'module', path, ...LIMITS }, { group: 'g', maxValueBytes: 100, configFile }))!;
}

test.each([
  ['default', 'export default (key, { requestId }) => key + " " + requestId;'],
  ['load', 'export const load = async (key, { requestId }) => Buffer.from(key + " " + requestId);'],
])('a module’s export %s is the loader; text is taken as UTF-8', async (name, text) => {
  const { load } = await originOf(`${name}.mjs`, text);
  expect(Buffer.from((await load('张三', context())) as Uint8Array).toString()).toBe('张三 r-1');
});

test('a module’s close is called at the end', async () => {
  const origin = await originOf(
    'close.mjs',
    'export default () => undefined; export const close = () => { globalThis.closed = true; };',
  );
  expect(await origin.load('k', context())).toBeUndefined();
  await origin.close();
  expect((globalThis as { closed?: boolean }).closed).toBe(true);
});

test.each([
  ['empty.mjs', 'export {};', /empty\.mjs must export a function/],
  ['broken.mjs', 'throw new Error("oops");', /broken\.mjs cannot be imported: oops/],
  ['missing.mjs', undefined, /missing\.mjs cannot be imported/],
])('%s is refused by name', async (path, text, message) => {
  await expect(originOf(path, text)).rejects.toThrow(message);
});
