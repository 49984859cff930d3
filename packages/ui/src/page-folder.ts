import { fileURLToPath } from 'node:url';

/** Where the build puts the page's files; they may not be there, or not yet. The same from src/ and from dist/node/. */
export const pageFolder = folderOf(import.meta.url);

function folderOf(moduleUrl: string): string {
  const isBuilt = moduleUrl.includes('/dist/node/');
  return fileURLToPath(new URL(isBuilt ? '../page/' : '../dist/page/', moduleUrl));
}
