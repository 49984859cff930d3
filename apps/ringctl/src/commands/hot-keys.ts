import type { ExitCode } from '../exit-codes.js';
import { askMembers, failuresAsJson, noteFailures } from '../members-asked.js';
import { countText } from '../numbers.js';
import { type Output, table } from '../output.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';

const KEY_CHARS = 80;

/** What each member is asked for most; a key of another member counts at the one that is asked, and at its owner. */
export async function hotKeys(
  session: Session,
  group: string,
  options: { readonly limit: number; readonly member: string | undefined },
  output: Output,
): Promise<ExitCode> {
  const { limit, member } = options;
  const asked = await askMembers(session, member, (admin, call) => admin.hotKeys(group, limit, call));
  const keys = asked.answers
    .flatMap(({ member: { id }, answer }) => answer.map((key) => ({ ...key, member: id })))
    .sort((a, b) => b.count - a.count)
    .slice(0, limit);
  output.document({ group, keys, ...failuresAsJson(asked) }, () =>
    keys.length === 0
      ? `no key of ${printable(group)} was asked for of late`
      : table(
          ['KEY', '>LAST MINUTE, ABOUT', 'AT MEMBER', 'WHICH'],
          keys.map(({ key, count, member: id, owned }) => [
            printable(key, KEY_CHARS),
            countText(Math.round(count)),
            printable(id),
            owned ? 'owns it' : 'asks its owner',
          ]),
        ),
  );
  noteFailures(asked, output);
  return asked.exitCode;
}
