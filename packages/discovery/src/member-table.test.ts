import { expect, test } from '@jest/globals';
import { ManualClock, settled } from '@ringcache/cache-core/testing';
import fc from 'fast-check';
import type { StoreEvent } from './etcd-store.js';
import { decodeMember, encodeMember } from './member-record.js';
import { MemberTable } from './member-table.js';
import { MemoryEtcd } from './testing/memory-etcd.js';
import { memberOf } from './testing/snapshot-log.js';

const PREFIX = 'clusters/dev/';

const write = fc.record({
  id: fc.constantFrom('a', 'b', 'a/b', 'a:1'),
  what: fc.constantFrom('put', 'delete', 'garbage'),
  weight: fc.integer({ min: 1, max: 3 }),
});

test('a read and the events since it, in whatever portions and with repeats, give what a new read would', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write), fc.nat(), fc.nat(), async (writes, readAt, repeats) => {
      const store = new MemoryEtcd(new ManualClock()).store();
      const told: StoreEvent[] = [];
      store.watch(PREFIX, 1, { created() {}, events: (events) => told.push(...events), ended() {} });
      await settled();
      const table = new MemberTable(PREFIX, () => {});
      for (const [i, { id, what, weight }] of writes.entries()) {
        if (i === readAt % writes.length) {
          const read = await store.read(PREFIX);
          table.replace(read.entries, read.revision, { hold: false });
        }
        const value = what === 'garbage' ? 'garbage' : encodeMember({ ...memberOf('x'), id, weight });
        if (what === 'delete') await store.delete(PREFIX + id);
        else await store.put(PREFIX + id, value, {});
      }
      const from = told.length === 0 ? 0 : repeats % told.length;
      table.apply(told.slice(0, from)); // in two portions, the first one told twice
      table.apply(told);
      const fresh = new MemberTable(PREFIX, () => {});
      const last = await store.read(PREFIX);
      fresh.replace(last.entries, last.revision, { hold: false });
      expect(table.members()).toEqual(fresh.members());
      expect(table.listed).toBe(fresh.listed);
      fresh.apply(told.slice(0, from)); // late news
      expect(fresh.members()).toEqual(table.members());
    }),
  );
});

test('what is written as a member reads back as the same member', () => {
  const address = fc.constantFrom('', 'localhost:1', '[::1]:65535', '10.0.0.1:8080');
  const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  const weight = fc.double({ min: 0.001, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(fc.record({ id, grpc: address, http: address, weight }, { noNullPrototype: true }), (member) => {
      expect(decodeMember(member.id, encodeMember(member))).toEqual(member);
    }),
  );
});

test('no value at all makes decoding do anything but return a member or refuse it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (value) => {
      try {
        expect(decodeMember('a', value).id).toBe('a');
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_argument' });
      }
    }),
  );
});

test('fields of a newer version are ignored', () => {
  const value = JSON.stringify({ ...memberOf('a'), zone: 'eu' });
  expect(decodeMember('a', value)).toEqual(memberOf('a'));
});
