import type { RingView } from '@ringcache/cache-core';
import { type Dialect, Ring } from '@ringcache/hashring';
import { color } from '../color.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { percentText } from '../numbers.js';
import { type Output, table } from '../output.js';
import { printable } from '../printable.js';
import { oneLine, type Session } from '../session.js';

/** The same ring as the member has it, who tells all that it is made of. */
export function ringOf({ members, dialect, replicas }: RingView): Ring<RingView['members'][number]> {
  return Ring.of(members, { dialect: dialect as Dialect, replicas });
}

/** What part of the keys each member has, and whether all see the same ring. */
export async function ring(session: Session, output: Output): Promise<ExitCode> {
  const view = await session.view();
  const of = ringOf(view);
  const shares = of.shares();
  const seen = await session.all(view.members, async (admin, call) => (await admin.report(call)).ring);
  const rings = seen.map(({ member, answer, error }) => ({
    member: member.id,
    ...(error === undefined ? { ring: answer.fingerprint, stale: answer.stale } : { error: oneLine(error.message) }),
  }));
  const { fingerprint, dialect, replicas, stale, self } = view;
  const members = of.members.map((member, i) => ({ ...member, share: shares[i] ?? 0 }));
  const ringsAgree = rings.every((each) => !('ring' in each) || each.ring === fingerprint);
  output.document({ seenBy: self, fingerprint, dialect, replicas, stale, members, ringsAgree, rings }, () => {
    const rows = members.map(({ id, weight, share }) => {
      const seenAs = rings.find((each) => each.member === id);
      const hash = seenAs !== undefined && 'ring' in seenAs ? seenAs.ring : undefined;
      return [
        printable(id),
        `${weight}`,
        percentText(share),
        bar(share),
        hash === undefined ? color.dim('not known') : hash === fingerprint ? hash : color.red(hash),
      ];
    });
    return [
      `ring ${fingerprint}, seen by ${printable(self)}: ${members.length} members, ${dialect}, ${replicas} points each`,
      table(['MEMBER', '>WEIGHT', '>SHARE', '', 'SEES RING'], rows),
    ].join('\n');
  });
  for (const each of rings) if ('error' in each) output.note(`${each.member} did not answer: ${each.error}`);
  if (stale) output.note('discovery is out of reach there: this is the last list that it gave');
  if (!ringsAgree) output.note('the members do not see the same ring');
  return ringsAgree ? EXIT.ok : EXIT.failed;
}

const BAR = 24;

function bar(share: number): string {
  return color.cyan('█'.repeat(Math.round(share * BAR)).padEnd(BAR, ' '));
}
