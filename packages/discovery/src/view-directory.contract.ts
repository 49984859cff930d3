import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { View, ViewDirectory, ViewMember } from '@ringcache/cache-core';
import { viewMember } from './testing/view-member.js';

export function viewOf(number: number, members: readonly ViewMember[], more: Partial<View> = {}): View {
  return { id: `${number}/x`, lineage: 'x', number, members, before: [], armed: true, ...more };
}

/**
 * What every {@link ViewDirectory} must do.
 * @param open the directory as one process sees it; all see the same.
 */
export function viewDirectoryContract(
  name: string,
  open: () => { process(): ViewDirectory; close(): Promise<void> },
): void {
  describe(`${name} as a ViewDirectory`, () => {
    let shared: ReturnType<typeof open>;
    const [a, b] = [viewMember('a'), viewMember('b')];

    beforeEach(() => {
      shared = open();
    });
    afterEach(() => shared.close());

    test('whoever renews is registered, and sees who else is', async () => {
      const [atA, atB] = [shared.process(), shared.process()];
      expect(await atA.renew(a)).toMatchObject({ registered: [a], record: undefined });
      expect((await atB.renew(b)).registered).toEqual([a, b]);
      await atA.leave(a);
      expect((await atB.renew(b)).registered).toEqual([b]);
    });

    test('the record is replaced by whoever has read it last, and by nobody else', async () => {
      const [atA, atB] = [shared.process(), shared.process()];
      const [readA, readB] = [await atA.renew(a), await atB.renew(b)];
      const [first, second] = [viewOf(1, [a]), viewOf(2, [a, b], { before: [a] })];
      expect(await atA.replace(readA.revision, first)).toBe(true);
      expect(await atB.replace(readB.revision, viewOf(1, [b]))).toBe(false);
      const again = await atB.renew(b);
      expect(again.record).toEqual(first);
      expect(await atB.replace(again.revision, second)).toBe(true);
      expect((await atA.renew(a)).record).toEqual(second);
      expect(await atA.replace(readA.revision, first)).toBe(false);
    });

    test('a process that comes under an id takes the place of the one before, which reads on', async () => {
      const [before, after] = [shared.process(), shared.process()];
      const again = viewMember('a', '2');
      await before.renew(a);
      expect((await after.renew(again)).registered).toEqual([again]);
      expect((await before.renew(a)).registered).toEqual([again]);
      expect((await after.renew(again)).registered).toEqual([again]);
    });

    test('a process that has yielded its id comes back once the other has left', async () => {
      const [before, after] = [shared.process(), shared.process()];
      const again = viewMember('a', '2');
      await before.renew(a);
      await after.renew(again);
      expect((await before.renew(a)).registered).toEqual([again]);
      await after.leave(again);
      expect((await before.renew(a)).registered).toEqual([a]);
    });

    test('the last member that leaves can write a view with nobody in it, which the next one reads', async () => {
      const [atA, atB] = [shared.process(), shared.process()];
      expect(await atA.replace((await atA.renew(a)).revision, viewOf(1, [a]))).toBe(true);
      const nobody = viewOf(2, [], { before: [a] });
      expect(await atA.replace((await atA.renew(a)).revision, nobody)).toBe(true);
      await atA.leave(a);
      expect(await atB.renew(b)).toMatchObject({ registered: [b], record: nobody });
    });

    test('leaving twice, and without having come, does no harm', async () => {
      const [atA, stranger] = [shared.process(), shared.process()];
      await stranger.leave(a);
      await atA.renew(a);
      await atA.leave(a);
      await atA.leave(a);
      expect((await shared.process().renew(b)).registered).toEqual([b]);
    });

    test('a member that has left does not come back by a renewal that it had not ended', async () => {
      const at = shared.process();
      await at.renew(a);
      const renewing = at.renew(a).catch(() => {});
      await at.leave(a);
      await renewing;
      await expect(at.renew(a)).rejects.toMatchObject({ code: 'unavailable' });
      expect((await shared.process().renew(b)).registered).toEqual([b]);
    });
  });
}
