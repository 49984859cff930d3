import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keyOf, type View, type ViewDirectory, type ViewMember } from '@ringcache/cache-core';

export function viewMember(id: string, incarnation = '1'): ViewMember {
  return { id, grpc: `${id}.test:1`, http: '', weight: 1, incarnation };
}

export function viewOf(number: number, members: readonly ViewMember[], more: Partial<View> = {}): View {
  return { id: `${number}/x`, lineage: 'x', number, members, before: [], lapsed: [], armed: true, ...more };
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

    test('a member counts as lapsed only while it has no registration', async () => {
      const [atA, atB] = [shared.process(), shared.process()];
      const withoutB = await atA.renew(a);
      await atB.renew(b);
      const view = viewOf(1, [a], { before: [a, b], lapsed: [keyOf(b)] });
      expect(await atA.replace(withoutB.revision, view)).toBe(false);
      await atB.leave(b);
      expect(await atA.replace((await atA.renew(a)).revision, view)).toBe(true);
    });

    test('a process that comes under an id takes the place of the one before, which is refused then', async () => {
      const [before, after] = [shared.process(), shared.process()];
      const again = viewMember('a', '2');
      await before.renew(a);
      expect((await after.renew(again)).registered).toEqual([again]);
      await expect(before.renew(a)).rejects.toMatchObject({ code: 'unavailable' });
      expect((await after.renew(again)).registered).toEqual([again]);
    });

    test('leaving twice, and without having come, does no harm', async () => {
      const at = shared.process();
      await at.leave(a);
      await at.renew(a);
      await at.leave(a);
      await at.leave(a);
      expect((await shared.process().renew(b)).registered).toEqual([b]);
    });
  });
}
