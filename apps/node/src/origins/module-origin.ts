import { pathToFileURL } from 'node:url';
import type { Loader } from '@ringcache/cache-core';

import type { Origin } from './origin.js';

/**
 * A loader in a JavaScript file: its default export, or its export `load`; an export `close`, if there is one, is called at
 * the end. Text that the loader returns is taken as UTF-8.
 * @throws {TypeError} a file that cannot be imported, or exports no function, naming it.
 */
export async function moduleOrigin(path: string): Promise<Origin> {
  const exports = await importFile(path);
  const load = exports.default ?? exports.load;
  if (typeof load !== 'function') throw new TypeError(`${path} must export a function, as default or as \`load\``);
  const close = exports.close;
  return {
    load: async (key, context) => {
      const loaded: unknown = await load(key, context);
      return (typeof loaded === 'string' ? Buffer.from(loaded) : loaded) as Awaited<ReturnType<Loader>>; // checked by the group
    },
    close: async () => {
      if (typeof close === 'function') await close();
    },
  };
}

async function importFile(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new TypeError(`${path} cannot be imported: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
