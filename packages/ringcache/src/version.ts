import { readFileSync } from 'node:fs';

/** Of this package, and so of ringcache. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
