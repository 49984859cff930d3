import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import '@ringcache/infra/testing/built';
import { pageFolder } from '@ringcache/ui';

const MOST_BYTES = 150 * 1024;

async function pageFiles(): Promise<{ name: string; bytes: Buffer }[]> {
  const entries = await readdir(pageFolder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (name) => ({ name, bytes: await readFile(name) })));
}

test('the page takes at most 150 KB compressed', async () => {
  const files = await pageFiles();
  expect(files.length).toBeGreaterThanOrEqual(3);
  expect(files.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0)).toBeLessThanOrEqual(MOST_BYTES);
});

test('the page names no other host to load from, and has no inline script or style', async () => {
  const html = (await pageFiles()).find(({ name }) => name.endsWith('index.html'))!.bytes.toString();
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=/);
});
