import { expect, test } from '@jest/globals';
import type { Member } from '@ringcache/cache-core';
import type { Snapshot } from '@ringcache/discovery';
import fc from 'fast-check';
import { changesBetween } from './changes.js';

const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  members: fc.uniqueArray(
    fc.record({ id: fc.constantFrom('a', 'b', 'c'), grpc: fc.constant(''), http: fc.constant(''), weight: fc.nat(2) }),
    { selector: ({ id }) => id },
  ),
  stale: fc.boolean(),
});

test('the changes, made to the list before, give the list after, and no more are told than there are', () => {
  fc.assert(
    fc.property(snapshot, snapshot, (before, after) => {
      const members = new Map<string, Member>(before.members.map((member) => [member.id, member]));
      let stale = before.stale;
      for (const change of changesBetween(before, after)) {
        if (!('member' in change)) {
          expect(change.event).toBe(stale ? 'current' : 'stale');
          stale = !stale;
          continue;
        }
        const { event, member } = change;
        const known = members.get(member.id);
        expect(event).toBe(known === undefined ? 'joined' : after.members.includes(member) ? 'changed' : 'left');
        expect(member).not.toEqual(event === 'changed' ? known : undefined);
        if (event === 'left') members.delete(member.id);
        else members.set(member.id, member);
      }
      expect(new Set(members.values())).toEqual(new Set(after.members));
      expect(stale).toBe(after.stale);
    }),
  );
});
