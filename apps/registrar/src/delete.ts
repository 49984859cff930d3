import { createInterface } from 'node:readline/promises';
import type { Directory } from '@ringcache/discovery';
import type { Output } from './output.js';
import { EXIT_BAD_USE, EXIT_FAILED, Failure, soon } from './with-directory.js';

export interface DeleteOptions {
  readonly ids: readonly string[];
  readonly all: boolean;
  /** Do not ask. */
  readonly yes: boolean;
}

/** Deletes members; exit code 1 if one was not there. One that is live puts itself back. */
export async function deleteMembers(
  directory: Directory,
  cluster: string,
  options: DeleteOptions,
  output: Output,
): Promise<number> {
  if (options.all === options.ids.length > 0) throw new Failure('name the members to delete, or --all', EXIT_BAD_USE);
  const members = await soon(directory.list());
  const ids = options.all ? members.map(({ id }) => id) : [...new Set(options.ids)];
  if (options.all && !options.yes) await confirm(ids.length, cluster);
  const live = new Set(members.filter(({ leased }) => leased).map(({ id }) => id));
  const results: { id: string; deleted: boolean; live: boolean }[] = [];
  for (const id of ids) results.push({ id, deleted: await directory.delete(id), live: live.has(id) });
  const gone = results.filter(({ deleted }) => deleted);
  output.document(results, () => gone.map(({ id }) => `deleted ${id}`).join('\n'));
  const unknown = results.filter(({ deleted }) => !deleted).map(({ id }) => id);
  const back = gone.filter((result) => result.live).map(({ id }) => id);
  if (back.length > 0) output.note(`under a lease, so put back at once if it runs: ${back.join(', ')}`);
  if (unknown.length > 0) output.note(`not in cluster ${cluster}: ${unknown.join(', ')}`);
  return unknown.length > 0 ? EXIT_FAILED : 0;
}

async function confirm(count: number, cluster: string): Promise<void> {
  if (!process.stdin.isTTY) throw new Failure('--all needs --yes where nobody can be asked', EXIT_BAD_USE);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Delete all ${count} members of cluster ${cluster}? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('nothing deleted');
}
