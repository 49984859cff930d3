import { confirm } from '../confirm.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Output } from '../output.js';
import { printable } from '../printable.js';
import { memberNamed, type Session } from '../session.js';

/** Has a member leave the ring and end, as with SIGTERM. */
export async function drain(session: Session, name: string, isSure: boolean, output: Output): Promise<ExitCode> {
  const view = await session.view();
  const member = memberNamed(view, name);
  const left = view.members.length - 1;
  const shown = printable(member.id);
  await confirm(
    `${shown} will leave the ring and end; ${left === 1 ? 'one member stays' : `${left} members stay`}.`,
    isSure,
  );
  session.renew();
  await session.adminOf(member).drain(session.call);
  output.document({ member: member.id, draining: true }, () => `${shown} is leaving the ring`);
  return EXIT.ok;
}
