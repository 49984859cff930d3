import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MiniTable } from './mini-table.js';

test('entries are those of a Map, made when asked for and free when removed', () => {
  const step = fc.record({ removes: fc.boolean(), hash: fc.integer({ min: -12, max: 12 }), shift: fc.nat(31) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const table = new MiniTable(20);
      const entries = new Map<number, number>();
      for (const { removes, hash: low, shift } of steps) {
        const hash = shift < 4 ? low << shift : low; // few, some of them alike but for their high bits
        const known = entries.get(hash);
        if (removes && known !== undefined) {
          table.remove(known);
          entries.delete(hash);
        } else if (known !== undefined || entries.size < 20) {
          const entry = table.entryOf(hash);
          if (known === undefined) assert(![...entries.values()].includes(entry) && entry >= 1 && entry <= 20);
          else assert.equal(entry, known);
          assert.equal(table.hashes[entry], hash);
          entries.set(hash, entry);
        }
      }
      for (const [hash, entry] of entries) assert.equal(table.entryOf(hash), entry);
    }),
  );
});

test('a hash is the same, signed or not', () => {
  const table = new MiniTable(4);
  expect(table.entryOf(0xffffffff)).toBe(table.entryOf(-1));
});
