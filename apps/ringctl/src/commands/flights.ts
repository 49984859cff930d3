import type { ExitCode } from '../exit-codes.js';
import { askMembers, failuresAsJson, noteFailures } from '../members-asked.js';
import { msText } from '../numbers.js';
import { type Output, table } from '../output.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';

const KEY_CHARS = 80;

/** Loads and fetches in progress, the oldest first. */
export async function flights(session: Session, member: string | undefined, output: Output): Promise<ExitCode> {
  const asked = await askMembers(session, member, (admin, call) => admin.flights(call));
  const all = asked.answers
    .flatMap(({ member: { id }, answer }) => answer.map((flight) => ({ member: id, ...flight })))
    .sort((a, b) => b.ageMs - a.ageMs);
  output.document({ flights: all, ...failuresAsJson(asked) }, () =>
    all.length === 0
      ? 'nothing is in flight'
      : table(
          ['MEMBER', 'GROUP', 'KEY', 'KIND', '>FOR', '>WAITING'],
          all.map(({ member: id, group, key, kind, ageMs, waiting }) => [
            printable(id),
            printable(group),
            printable(key, KEY_CHARS),
            kind,
            msText(ageMs),
            waiting === undefined ? '-' : `${waiting}`,
          ]),
        ),
  );
  noteFailures(asked, output);
  return asked.exitCode;
}
