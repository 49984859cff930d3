import { access, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

import { headingIds, linksOf, readPage, rootFile } from './page.js';

const pages = [
  ...['README.md', 'README.zh-CN.md', 'ARCHITECTURE.md', 'RELIABILITY.md', 'CONTRIBUTING.md', 'apps/node/README.md'],
  ...(await readdir(rootFile('docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
];

test.each(pages)('every link of %s leads somewhere', async (path) => {
  for (const link of linksOf(await readPage(path))) {
    if (/^https?:/.test(link)) continue; // not ours, and not to be asked by a test
    const [file, id] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file!);
    await expect(access(rootFile(target))).resolves.toBeUndefined();
    if (id !== undefined) expect(headingIds(await readPage(target))).toContain(id);
  }
});
