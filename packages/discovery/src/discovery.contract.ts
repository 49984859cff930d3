import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Member } from '@ringcache/cache-core';
import type { Discovery, ListDiscovery } from './discovery.js';
import { memberOf, SnapshotLog } from './testing/snapshot-log.js';

/** A discovery, and a way to change what it lists. */
export interface DiscoveryUnderTest<D extends Discovery = Discovery> {
  readonly discovery: D;
  /** Makes these the listed members. */
  list(...members: readonly Member[]): Promise<void>;
}

/**
 * What every {@link Discovery} must do.
 * @param members three as the list can hold them, in the order of their ids.
 */
export function discoveryContract(
  name: string,
  open: () => DiscoveryUnderTest,
  members: readonly [Member, Member, Member] = [memberOf('a'), memberOf('b'), memberOf('c')],
): void {
  describe(`${name} as a Discovery`, () => {
    const [a, b, c] = members;
    const ids = (...listed: Member[]) => listed.map(({ id }) => id).join(' ');
    let { discovery, list }: DiscoveryUnderTest = {} as DiscoveryUnderTest;
    let log: SnapshotLog | undefined;

    beforeEach(() => {
      ({ discovery, list } = open());
      log = undefined;
    });
    afterEach(async () => {
      await log?.stop();
      await discovery.close();
    });

    test('the first list is the whole current one, sorted by id, and not stale', async () => {
      await list(c, a, b);
      log = new SnapshotLog(discovery);
      await log.until(ids(a, b, c));
      expect(log.seen).toEqual([{ members: [a, b, c], stale: false }]);
    });

    test('a list that is empty is given as such', async () => {
      await list();
      log = new SnapshotLog(discovery);
      await log.until('');
    });

    test('each change gives a whole list', async () => {
      await list(a);
      log = new SnapshotLog(discovery);
      await log.until(ids(a));
      await list(a, b);
      await log.until(ids(a, b));
      await list(b);
      await log.until(ids(b));
      expect(log.all).toEqual([ids(a), ids(a, b), ids(b)]);
    });

    test('a reader that is busy gets the newest list next, and none in between', async () => {
      await list(a);
      const reading = new AbortController();
      const lists = discovery.watch(reading.signal)[Symbol.asyncIterator]();
      expect((await lists.next()).value.members).toEqual([a]);
      log = new SnapshotLog(discovery);
      await list(a, b);
      await log.until(ids(a, b));
      await list(c);
      await log.until(ids(c));
      await list(b, c);
      await log.until(ids(b, c));
      let seen = await lists.next();
      for (let more = 0; seen.value.members.length !== 2 || seen.value.members[0].id !== b.id; more++) {
        expect(more).toBe(0); // at most one older list was on its way already
        seen = await lists.next();
      }
      reading.abort();
      expect((await lists.next()).done).toBe(true);
    });

    test('an aborted signal ends the list, before it and while waiting', async () => {
      await list(a);
      log = new SnapshotLog(discovery);
      await log.until(ids(a));
      await log.stop();
      for await (const _ of discovery.watch(AbortSignal.abort())) throw new Error('a list after the end');
    });

    test('closing ends every list', async () => {
      await list(a);
      log = new SnapshotLog(discovery);
      await log.until(ids(a));
      await discovery.close();
      await log.ended();
      for await (const _ of discovery.watch(new AbortController().signal)) throw new Error('a list after close');
    });
  });
}

/** What every {@link ListDiscovery} must do, as {@link discoveryContract}. */
export function listDiscoveryContract(
  name: string,
  open: () => DiscoveryUnderTest<ListDiscovery>,
  members: readonly [Member, Member, Member] = [memberOf('a'), memberOf('b'), memberOf('c')],
): void {
  discoveryContract(name, open, members);

  describe(`${name} as a ListDiscovery`, () => {
    const [a] = members;
    let { discovery, list } = {} as DiscoveryUnderTest<ListDiscovery>;

    beforeEach(() => {
      ({ discovery, list } = open());
    });
    afterEach(() => discovery.close());

    test('a callback that throws does not keep a member from registering', async () => {
      await list(a);
      let told = 0;
      const registration = await discovery.register(a, {
        onEvent: () => {
          told++;
          throw new Error('oops');
        },
      });
      expect(told).toBe(1);
      expect(registration.registered()).toBe(true);
      await registration.leave();
    });

    test('a registered member is in the list, and says so', async () => {
      await list(a);
      const events: string[] = [];
      const registration = await discovery.register(a, { onEvent: ({ kind }) => events.push(kind) });
      expect(registration.registered()).toBe(true);
      expect(events).toEqual(['registered']);
      await registration.leave();
    });

    test.each<[string, Member, string]>([
      ['no id', { ...a, id: '' }, 'id'],
      ['an id too long', { ...a, id: 'x'.repeat(257) }, 'too long'],
      ['a lone surrogate', { ...a, id: '\ud800' }, 'UTF-8'],
      ['an address with no port', { ...a, grpc: 'host' }, 'grpc must be host:port'],
      ['a port out of range', { ...a, http: 'host:65536' }, 'http must be host:port'],
      ['a URL for an address', { ...a, http: 'http://host:1' }, 'http must be host:port'],
      ['no weight', { ...a, weight: 0 }, 'weight'],
      ['a weight that is no number', { ...a, weight: Number.NaN }, 'weight'],
    ])('a member with %s is refused', async (_, member, message) => {
      const refused = expect(discovery.register(member)).rejects;
      await refused.toMatchObject({ code: 'invalid_argument' });
      await expect(discovery.register(member)).rejects.toThrow(message);
    });

    test('registering with an aborted signal, or after close, is refused', async () => {
      await list(a);
      await expect(discovery.register(a, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'deadline' });
      await discovery.close();
      await discovery.close();
      await expect(discovery.register(a)).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}
