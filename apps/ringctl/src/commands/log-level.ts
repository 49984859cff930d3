import type { LogLevel } from '@ringcache/cache-core';

import type { ExitCode } from '../exit-codes.js';
import { askMembers, failuresAsJson, noteFailures } from '../members-asked.js';
import { type Output, table } from '../output.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';

export const LOG_LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** @param level undefined: asks only. */
export async function logLevel(
  session: Session,
  level: LogLevel | undefined,
  member: string | undefined,
  output: Output,
): Promise<ExitCode> {
  const asked = await askMembers(session, member, (admin, call) => admin.logLevel(level, call));
  const levels = asked.answers.map(({ member: { id }, answer }) => ({ member: id, level: answer }));
  output.document({ levels, ...failuresAsJson(asked) }, () =>
    table(
      ['MEMBER', 'LOG LEVEL'],
      levels.map(({ member: id, level: each }) => [printable(id), each]),
    ),
  );
  noteFailures(asked, output);
  return asked.exitCode;
}
