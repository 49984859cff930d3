import { appendFile } from 'node:fs/promises';

/** With RINGCACHE_REPORT=FILE a line of JSON there: what RELIABILITY.md tells. */
export async function report(figures: Readonly<Record<string, unknown>>): Promise<void> {
  const file = process.env.RINGCACHE_REPORT;
  if (file !== undefined) await appendFile(file, `${JSON.stringify(figures)}\n`);
}
