export { Cache, type CacheEntry } from './cache.js';
export type { CacheLimits, CacheOptions } from './cache-options.js';
export { type DumpInfo, type DumpRecord, dumpEntries, loadEntries, verifyDump } from './dump.js';
export { DumpError, type DumpFault } from './dump-error.js';
export { ABSENT, type Entries } from './entries.js';
export { hashString, RANDOM_SEED } from './key-hash.js';
export { REMOVAL_CAUSES, type RemovalCause, type Removals } from './removals.js';
