import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EtcdStore, StoreEvent } from './etcd-store.js';

/** What every {@link EtcdStore} must do, the one in memory as the real one: the logic above is tested on the former. */
export function storeContract(name: string, open: () => EtcdStore): void {
  describe(`${name} as an EtcdStore`, () => {
    let store: EtcdStore;
    let prefix: string; // of this test alone: the store may be shared
    let tests = 0;

    beforeEach(() => {
      store = open();
      prefix = `contract/${process.pid}-${++tests}/`;
    });
    afterEach(() => store.close());

    test('a key that was put is read under its prefix and no other', async () => {
      await store.put(`${prefix}a`, 'one', {});
      const { entries } = await store.read(prefix);
      expect(entries.map(({ key, value, lease }) => [key, value, lease])).toEqual([[`${prefix}a`, 'one', '']]);
      expect((await store.read(`${prefix}b`)).entries).toEqual([]);
    });

    test('the revision of a read covers the writes before it and none after', async () => {
      const first = await store.put(`${prefix}a`, 'one', {});
      const { revision, entries } = await store.read(prefix);
      const second = await store.put(`${prefix}a`, 'two', {});
      expect(entries[0]!.revision).toBe(first);
      expect(revision).toBeGreaterThanOrEqual(first!);
      expect(second).toBeGreaterThan(revision);
    });

    test('a conditional put writes only what nobody has changed', async () => {
      const first = await store.put(`${prefix}a`, 'one', { ifRevision: 0 });
      expect(await store.put(`${prefix}a`, 'two', { ifRevision: 0 })).toBeUndefined();
      expect(await store.put(`${prefix}a`, 'two', { ifRevision: first! })).toBeGreaterThan(first!);
      expect((await store.get(`${prefix}a`))?.value).toBe('two');
    });

    test('two prefixes are read at one moment, in their order', async () => {
      await store.put(`${prefix}a/1`, 'one', {});
      await store.put(`${prefix}b/1`, 'two', {});
      const { entries } = await store.read(`${prefix}b/`, `${prefix}a/`);
      expect(entries.map(({ value }) => value)).toEqual(['two', 'one']);
    });

    test('deleting tells whether there was a key', async () => {
      await store.put(`${prefix}a`, 'one', {});
      expect(await store.delete(`${prefix}a`)).toBe(true);
      expect(await store.delete(`${prefix}a`)).toBe(false);
      expect(await store.get(`${prefix}a`)).toBeUndefined();
    });

    test('revoking a lease deletes its keys, but not one that was put again without it', async () => {
      const lease = await store.grant(60_000);
      expect(lease.ttlMs).toBe(60_000);
      await store.put(`${prefix}a`, 'one', { lease: lease.id });
      await store.put(`${prefix}b`, 'one', { lease: lease.id });
      expect((await store.get(`${prefix}a`))?.lease).toBe(lease.id);
      await store.put(`${prefix}b`, 'two', {});
      await store.revoke(lease.id);
      expect((await store.read(prefix)).entries.map(({ value }) => value)).toEqual(['two']);
    });

    test('a lease is kept alive until it is gone; then it says so, and takes no key', async () => {
      const { id } = await store.grant(60_000);
      expect(await store.keepAlive(id)).toBe(60_000);
      expect(await store.timeToLive(id)).toBeGreaterThan(50_000);
      await store.revoke(id);
      await store.revoke(id);
      expect(await store.keepAlive(id)).toBe(0);
      expect(await store.timeToLive(id)).toBe(0);
      await expect(store.put(`${prefix}a`, 'one', { lease: id })).rejects.toMatchObject({ code: 'not_found' });
    });

    test('a watch tells every event from its revision on, past ones too', async () => {
      const { revision } = await store.read(prefix);
      const lease = await store.grant(60_000);
      await store.put(`${prefix}a`, 'one', { lease: lease.id });
      const watch = await watched(store, prefix, revision + 1);
      await store.put(`${prefix}other`, 'two', {});
      await store.delete(`${prefix}other`);
      await watch.until(3);
      expect(watch.told).toEqual([
        `put ${prefix}a=one ${lease.id}`,
        `put ${prefix}other=two `,
        `delete ${prefix}other`,
      ]);
      watch.cancel();
    });

    test('a cancelled watch tells nothing more', async () => {
      const { revision } = await store.read(prefix);
      const cancelled = await watched(store, prefix, revision + 1);
      cancelled.cancel();
      const other = await watched(store, prefix, revision + 1);
      await store.put(`${prefix}a`, 'one', {});
      await other.until(1);
      expect(cancelled.told).toEqual([]);
      other.cancel();
    });
  });
}

/** Open, confirmed, and writing down. */
async function watched(store: EtcdStore, prefix: string, revision: number) {
  const told: string[] = [];
  let changed = () => {};
  const watch = await new Promise<{ cancel(): void }>((resolve, reject) => {
    const open = store.watch(prefix, revision, {
      created: () => resolve(open),
      events: (events) => {
        told.push(...events.map(described));
        changed();
      },
      ended: reject,
    });
  });
  const until = async (count: number) => {
    while (told.length < count) {
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
  };
  return { told, until, cancel: () => watch.cancel() };
}

function described(event: StoreEvent): string {
  if (event.type === 'delete') return `delete ${event.key}`;
  return `put ${event.entry.key}=${event.entry.value} ${event.entry.lease}`;
}
