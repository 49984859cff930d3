import type { Member } from '@ringcache/cache-core';
import type { Directory, Listed } from '@ringcache/discovery';
import type { RegistrarConfig } from './config.js';
import { memberTable, type Output } from './output.js';
import { unreachable } from './reach.js';
import { EXIT_BAD_USE, EXIT_FAILED, Failure, soon } from './with-directory.js';

const REACH_LIMIT_MS = 2_000;

/**
 * Writes the given member, the configured one of that id, or all that are configured. One that nobody can reach is not
 * written, unless forced: clients would try it in vain. Exit code 1 if there is such a one.
 */
export async function put(
  directory: Directory,
  config: RegistrarConfig,
  options: { readonly id: string | undefined; readonly force: boolean },
  output: Output,
): Promise<number> {
  const { ttl } = config;
  const results: ('written' | 'live' | 'unreachable')[] = [];
  const listed: Listed[] = [];
  const members = chosen(config, options.id);
  const problems = await Promise.all(
    members.map((member) => (options.force ? [] : unreachable(member, REACH_LIMIT_MS))),
  );
  for (const [i, member] of members.entries()) {
    const written: Listed = ttl === undefined ? { ...member, leased: false } : { ...member, leased: true, ttlMs: ttl };
    if (problems[i]!.length > 0) {
      results.push('unreachable');
      listed.push(written);
      continue;
    }
    const putting = directory.put(member, { force: options.force, ...(ttl !== undefined && { ttlMs: ttl }) });
    const result = await soon(putting);
    results.push(result);
    listed.push(result === 'written' ? written : ((await soon(directory.get(member.id))) ?? written));
  }
  output.document(
    listed.map((member, i) => ({ result: results[i], ...member })),
    () => memberTable(listed, results),
  );
  if (results.includes('live')) output.note('live: left alone, since writing would take away its lease; see --force');
  const nowhere = problems.flat();
  if (nowhere.length === 0) return 0;
  output.note(`not written, since nobody answers at ${nowhere.join(', ')}: start it first; or see --force`);
  return EXIT_FAILED;
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
