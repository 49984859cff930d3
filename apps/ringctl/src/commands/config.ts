import { parse } from 'yaml';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { askMembers, failuresAsJson, noteFailures } from '../members-asked.js';
import { type Output, table } from '../output.js';
import { printable } from '../printable.js';
import { memberNamed, type Session } from '../session.js';

/** What is in force at a member, secrets as `***`; by default the one that answers first. */
export async function printConfig(session: Session, name: string | undefined, output: Output): Promise<ExitCode> {
  const view = await session.view();
  const member = memberNamed(view, name ?? view.self);
  const yaml = await session.adminOf(member).config(session.call);
  if (output.format === 'json') output.document(parse(yaml), () => yaml);
  else output.bytes(Buffer.from(yaml));
  return EXIT.ok;
}

export interface ReloadRequest {
  /** undefined: every member. */
  readonly member: string | undefined;
  /** Says what it would do, and does nothing. */
  readonly dryRun: boolean;
}

/** Has members read their configuration again. */
export async function reloadConfig(
  session: Session,
  { member, dryRun }: ReloadRequest,
  output: Output,
): Promise<ExitCode> {
  const asked = await askMembers(session, member, (admin, call) => admin.reload({ ...call, dryRun }));
  const members = asked.answers.map(({ member: { id }, answer }) => ({ member: id, ...answer }));
  output.document({ members, ...failuresAsJson(asked) }, () =>
    table(
      ['MEMBER', dryRun ? 'WOULD BE APPLIED' : 'APPLIED', 'NEEDS A RESTART'],
      members.map(({ member: id, applied, refused }) => [printable(id), listed(applied), listed(refused)]),
    ),
  );
  noteFailures(asked, output);
  return asked.exitCode;
}

function listed(paths: readonly string[]): string {
  return paths.length === 0 ? '-' : printable(paths.join(' '));
}
