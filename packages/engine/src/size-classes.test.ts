import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';

import { SizeClasses } from './size-classes.js';

const SEGMENT_BYTES = [1024, 4096, 2 ** 20, 2 ** 24];

test.each(SEGMENT_BYTES)(
  'every small record gets the smallest cell that it fits in, of a segment of %d bytes',
  (size) => {
    const classes = new SizeClasses(size);
    for (let bytes = 0; bytes <= classes.maxSmallBytes; bytes++) {
      const sizeClass = classes.classOf(bytes);
      assert.ok(classes.bytesOf(sizeClass) >= bytes);
      if (sizeClass > 0) assert.ok(classes.bytesOf(sizeClass - 1) < bytes);
    }
  },
);

test('a record wastes no more than an eighth of its cell and the rounding', () => {
  const classes = new SizeClasses(2 ** 20);
  for (let bytes = 16; bytes <= classes.maxSmallBytes; bytes++) {
    assert.ok(classes.bytesOf(classes.classOf(bytes)) < bytes * (1 + 1 / 8) + 8);
  }
});

test.each(SEGMENT_BYTES)('pieces double up to a whole segment of %d bytes, from the largest small cell', (size) => {
  const classes = new SizeClasses(size);
  const pieces = classes.pieces.map((piece) => classes.bytesOf(piece));
  expect(pieces[0]).toBe(classes.maxSmallBytes);
  expect(pieces.at(-1)).toBe(size);
  expect(pieces.slice(1)).toEqual(pieces.slice(0, -1).map((bytes) => 2 * bytes));
  expect(classes.pieces.map((piece) => classes.costOf(piece))).toEqual(pieces);
});

test.each(SEGMENT_BYTES)('all cells of a segment of %d bytes together cost the whole of it', (size) => {
  const classes = new SizeClasses(size);
  for (let sizeClass = 0; sizeClass < classes.count; sizeClass++) {
    const cells = Math.floor(size / classes.bytesOf(sizeClass));
    assert.ok(classes.costOf(sizeClass) * cells >= size);
    assert.ok(classes.costOf(sizeClass) * cells < size + cells);
  }
});
