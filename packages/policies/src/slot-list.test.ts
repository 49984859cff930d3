import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SlotList } from './slot-list.js';

/** Front to back, then back to front. */
function contents(order: SlotList, list: number): number[] {
  const slots: number[] = [];
  for (let slot = order.first(list); slot !== 0; slot = order.next(slot)) slots.push(slot);
  for (let slot = order.last(list); slot !== 0; slot = order.previous(slot)) slots.push(slot);
  return slots;
}

test('several lists over the same slots behave as arrays do, while they grow', () => {
  const steps = fc.array(fc.record({ list: fc.nat(2), slot: fc.integer({ min: 1, max: 12 }), inside: fc.boolean() }), {
    maxLength: 100,
    size: 'max',
  });
  fc.assert(
    fc.property(steps, (moves) => {
      const order = new SlotList(3, 1);
      const model: number[][] = [[], [], []];
      for (const { list, slot, inside } of moves) {
        order.reserve(slot);
        const from = model.find((slots) => slots.includes(slot));
        if (from !== undefined) {
          order.unlink(slot);
          from.splice(from.indexOf(slot), 1);
        }
        const anchor = model[list]![0];
        if (inside && anchor !== undefined) {
          order.insertAfter(anchor, slot);
          model[list]!.splice(1, 0, slot);
        } else {
          order.pushFirst(list, slot);
          model[list]!.unshift(slot);
        }
        const found = [0, 1, 2].flatMap((each) => contents(order, each));
        assert.deepEqual(
          found,
          model.flatMap((slots) => [...slots, ...slots.toReversed()]),
        );
      }
    }),
  );
});

test('behind slot 0 is the front of a single list', () => {
  const order = new SlotList(1, 2);
  order.insertAfter(0, 1);
  order.insertAfter(0, 2);
  expect(contents(order, 0)).toEqual([2, 1, 1, 2]);
});
