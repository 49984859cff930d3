import type { HeldReport } from '@ringcache/cache-core';

import type { ExitCode } from '../exit-codes.js';
import { askMembers, failuresAsJson, noteFailures } from '../members-asked.js';
import { bytesText, msText } from '../numbers.js';
import { type Output, table } from '../output.js';
import { printable, printableBytes } from '../printable.js';
import type { Session } from '../session.js';

/** Whose a key is, and what every member holds of it. Loads nothing, and counts as no read. */
export async function inspect(session: Session, group: string, key: string, output: Output): Promise<ExitCode> {
  const asked = await askMembers(session, undefined, (admin, call) => admin.inspect(group, key, call));
  const reports = asked.answers.map(({ member, answer }) => ({ member: member.id, ...answer }));
  const [first] = reports;
  const holders = reports.flatMap(({ member, held }) => (held === undefined ? [] : [{ member, ...held }]));
  const document = {
    group,
    key,
    ...(first && { hash: first.hash, point: first.point, owner: first.owner, successor: first.successor }),
    holders,
    ...failuresAsJson(asked),
  };
  output.document(document, () => {
    if (first === undefined) return '';
    const { owner, successor, hash } = first;
    return [
      `key       ${printable(key, 200)}`,
      `hash      ${hash}`,
      `owner     ${printable(owner.id)}`,
      `successor ${successor === undefined ? '-' : printable(successor.id)}`,
      '',
      holders.length === 0 ? 'no member that answered holds it' : holdersTable(holders),
      ...preview(holders),
    ].join('\n');
  });
  noteFailures(asked, output);
  return asked.exitCode;
}

type Holder = HeldReport & { readonly member: string };

function holdersTable(holders: readonly Holder[]): string {
  return table(
    ['HELD BY', 'IN', '>AGE', '>EXPIRES IN', '>VERSION', '>SIZE'],
    holders.map(({ member, in: place, ageMs, ttlMs, version, bytes, absent }) => [
      printable(member),
      place,
      msText(ageMs),
      expiry(ttlMs),
      `${version}`,
      absent ? 'no such key' : bytesText(bytes),
    ]),
  );
}

function expiry(ttlMs: number | undefined): string {
  if (ttlMs === undefined) return 'never';
  return ttlMs > 0 ? msText(ttlMs) : `expired ${msText(-ttlMs)} ago`;
}

function preview(holders: readonly Holder[]): string[] {
  const holder = holders.find(({ absent }) => !absent);
  if (holder === undefined) return [];
  const bytes = Buffer.from(holder.previewBase64, 'base64');
  const more = bytes.length < holder.bytes ? ` … (${bytes.length} of ${holder.bytes} bytes)` : '';
  return ['', `value     ${printableBytes(whole(bytes, holder.bytes))}${more}`];
}

/** A cut may go through a character: what is left of it would make the rest no text. */
function whole(bytes: Buffer, total: number): Buffer {
  if (bytes.length === total) return bytes;
  let end = bytes.length;
  while (end > 0 && end > bytes.length - 4 && (bytes[end - 1]! & 0xc0) === 0x80) end--;
  return end > 0 && bytes[end - 1]! >= 0xc0 ? bytes.subarray(0, end - 1) : bytes;
}
