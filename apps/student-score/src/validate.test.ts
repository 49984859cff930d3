import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkScore, isName } from './validate.js';

describe('checkScore', () => {
  test('takes every hundredth from 0 to 150 and writes it exactly', () => {
    const wrong: string[] = [];
    for (let hundredths = 0; hundredths <= 15_000; hundredths++) {
      const text = checkScore(hundredths / 100);
      if (!/^\d+(\.\d{1,2})?$/.test(text) || Math.round(Number(text) * 100) !== hundredths) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  test('refuses every other number', () => {
    const isHundredth = (score: number) => score >= 0 && score <= 150 && Number(score.toFixed(2)) === score;
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.double({ min: -1, max: 151 })), (score) => {
        fc.pre(!isHundredth(score));
        expect(() => checkScore(score)).toThrow('invalid score');
      }),
    );
  });

  test('writes minus zero as 0', () => {
    expect(checkScore(-0)).toBe('0');
  });
});

describe('isName', () => {
  test.each(['张三', '0', 'Ada Lovelace', '𠮷野家', 'a:b/c%20?', '👩‍🎓', '名'.repeat(64), '𠮷'.repeat(64)])(
    'takes %j',
    (name) => {
      expect(isName(name)).toBe(true);
    },
  );

  test.each([
    ['an empty one', ''],
    ['65 characters', 'x'.repeat(65)],
    ['65 characters outside the first plane', '𠮷'.repeat(65)],
    ['a space in front', ' 张三'],
    ['an ideographic space behind', '张三\u3000'],
    ['NUL, which PostgreSQL refuses', '张\0三'],
    ['a line end', '张\n三'],
    ['a line separator', '张\u2028三'],
  ])('refuses %s', (_, name) => {
    expect(isName(name)).toBe(false);
  });
});
