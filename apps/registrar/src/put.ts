import type { Member } from '@ringcache/cache-core';
import type { Directory, Listed } from '@ringcache/discovery';
import type { RegistrarConfig } from './config.js';
import { memberTable, type Output } from './output.js';
import { EXIT_BAD_USE, Failure } from './with-directory.js';

/** Writes the given member, the configured one of that id, or all that are configured. */
export async function put(
  directory: Directory,
  config: RegistrarConfig,
  options: { readonly id: string | undefined; readonly force: boolean },
  output: Output,
): Promise<number> {
  const { ttl } = config;
  const results: ('written' | 'live')[] = [];
  const listed: Listed[] = [];
  for (const member of chosen(config, options.id)) {
    const written: Listed = ttl === undefined ? { ...member, leased: false } : { ...member, leased: true, ttlMs: ttl };
    const result = await directory.put(member, { force: options.force, ...(ttl !== undefined && { ttlMs: ttl }) });
    results.push(result);
    listed.push(result === 'written' ? written : ((await directory.get(member.id)) ?? written));
  }
  output.document(
    listed.map((member, i) => ({ result: results[i], ...member })),
    () => memberTable(listed, results),
  );
  if (results.includes('live')) output.note('live: left alone, since writing would take away its lease; see --force');
  return 0;
}

function chosen({ member, members, discovery }: RegistrarConfig, id: string | undefined): readonly Member[] {
  if (member !== undefined) return [member];
  if (id === undefined) {
    if (members.length > 0) return members;
    throw new Failure(`no members to put: none configured for cluster ${discovery.cluster}`, EXIT_BAD_USE);
  }
  const configured = members.find((each) => each.id === id);
  if (configured !== undefined) return [configured];
  throw new Failure(`member ${id} is not in the configuration, so it needs --grpc or --http`, EXIT_BAD_USE);
}
