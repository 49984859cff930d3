import { type Admin, CacheError, type CallOptions, type Member } from '@ringcache/cache-core';

import { type ExitCode, exitCodeOfAll } from './exit-codes.js';
import type { Output } from './output.js';
import { printable } from './printable.js';
import { memberNamed, type Outcome, oneLine, type Session } from './session.js';

/** What every member said that could be asked, and what the program ends with. */
export interface Asked<T> {
  readonly answers: readonly { readonly member: Member; readonly answer: T }[];
  readonly failures: readonly { readonly member: Member; readonly error: Error }[];
  readonly exitCode: ExitCode;
}

/** @param only name of the one to ask. Left out: every member of the ring. */
export async function askMembers<T>(
  session: Session,
  only: string | undefined,
  ask: (admin: Admin, call: CallOptions, member: Member) => Promise<T>,
): Promise<Asked<T>> {
  const view = await session.view();
  const members = only === undefined ? view.members : [memberNamed(view, only)];
  return sorted(await session.all(members, ask));
}

function sorted<T>(outcomes: readonly Outcome<T>[]): Asked<T> {
  const answers = outcomes.flatMap(({ member, answer, error }) => (error ? [] : [{ member, answer: answer as T }]));
  const failures = outcomes.flatMap(({ member, error }) => (error ? [{ member, error }] : []));
  return { answers, failures, exitCode: exitCodeOfAll(failures.map(({ error }) => error)) };
}

/** For programs: with what was answered, who did not. */
export function failuresAsJson({ failures }: Asked<unknown>): object {
  if (failures.length === 0) return {};
  return { failed: failures.map(({ member, error }) => ({ member: member.id, error: oneLine(error.message) })) };
}

/** A line each. */
export function noteFailures({ failures }: Asked<unknown>, output: Output): void {
  for (const { member, error } of failures) {
    const what = error instanceof CacheError && error.answered ? '' : ' did not answer';
    output.note(`${printable(member.id)}${what}: ${printable(oneLine(error.message))}`);
  }
}
