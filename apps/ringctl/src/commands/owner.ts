import { EXIT, type ExitCode } from '../exit-codes.js';
import { type Output, table } from '../output.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';
import { ringOf } from './ring.js';

/** Whose a key is. Nobody but the first endpoint is asked: the ring is made here, of what it tells. */
export async function owner(session: Session, key: string, output: Output): Promise<ExitCode> {
  const ring = ringOf(await session.view());
  const { hash, point } = ring.locate(key);
  const [first, successor] = ring.owners(key, 2);
  output.document({ key, hash, point, owner: first, successor }, () =>
    table(
      ['', 'MEMBER', 'GRPC', 'HTTP'],
      [
        ...(first ? [['owner', printable(first.id), first.grpc || '-', first.http || '-']] : []),
        ...(successor ? [['successor', printable(successor.id), successor.grpc || '-', successor.http || '-']] : []),
      ],
    ),
  );
  return EXIT.ok;
}
