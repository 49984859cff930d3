import { confirm } from '../confirm.js';
import type { ExitCode } from '../exit-codes.js';
import type { Output } from '../output.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';
import { written } from './keys.js';

/** Deletes every key of a group, on every member. */
export async function purge(session: Session, group: string, isSure: boolean, output: Output): Promise<ExitCode> {
  const { members } = await session.view();
  const shown = printable(group);
  await confirm(`Every key of group ${shown} will be deleted on ${members.length} members.`, isSure);
  session.renew();
  const result = await session.answering((node, call) => node.clear(group, call));
  return written(result, `cleared ${shown}`, output);
}
