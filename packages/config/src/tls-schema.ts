import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './config-error.js';

const path = z.string().min(1);

/** Paths of PEM files, relative to where the program is started: whom to trust, and what to show of oneself. */
export const tlsSchema = z
  .strictObject({
    ca: path.optional().describe('Authorities to trust. Default: those that Node.js comes with.'),
    cert: path.optional().describe('The certificate, then those between it and the authority.'),
    key: path.optional().describe('Its key, without a passphrase.'),
  })
  .superRefine(certificateWithKey);

/** For schemas that have more than these: `cert` and `key` go together. */
export function certificateWithKey(
  { cert, key }: { readonly cert?: string | undefined; readonly key?: string | undefined },
  context: z.RefinementCtx,
): void {
  if ((cert === undefined) === (key === undefined)) return;
  const missing = cert === undefined ? 'cert' : 'key';
  context.addIssue({ code: 'custom', path: [missing], message: 'is required: cert and key go together' });
}

/**
 * Reads PEM files, synchronously: for the start of a program.
 * @param where in the configuration the paths come from, such as `discovery.tls`.
 * @throws {ConfigError} naming each that cannot be read or is no PEM.
 */
export function readPemFiles(
  paths: z.output<typeof tlsSchema>,
  where: string,
): { ca?: string; cert?: string; key?: string } {
  const problems: string[] = [];
  const given = Object.entries(paths).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const texts = given.map(([name, path]) => {
    try {
      return [name, pemFile(path)] as const;
    } catch (error) {
      problems.push(`${where}.${name}: ${(error as Error).message}`);
      return [name, ''] as const;
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(texts);
}

function pemFile(path: string): string {
  const text = readFileSync(path, 'utf8');
  if (!text.includes('-----BEGIN ')) throw new Error(`${path} is no PEM file`);
  return text;
}
