import { describe, expect, jest, test } from '@jest/globals';

import type { CacheError } from './errors.js';
import { shielded, shieldedOnError, shieldedPredicate } from './shielded.js';
import { settled } from './testing/manual-clock.js';

describe('a callback of the embedding program', () => {
  const errors: CacheError[] = [];
  const onError = (error: CacheError) => errors.push(error);

  test('gets its arguments', () => {
    const seen: unknown[] = [];
    shielded((a: number, b: string) => seen.push(a, b), onError)(1, 'b');
    expect(seen).toEqual([1, 'b']);
  });

  test('that throws does not throw at whoever calls it, and is told of by name', () => {
    const onRing = () => {
      throw new Error('oops');
    };
    shielded(onRing, onError)();
    expect(errors.pop()).toMatchObject({ code: 'internal', message: 'the callback onRing threw: oops' });
  });

  test('that is asked something says no where it throws', () => {
    const throws = (): boolean => {
      throw new Error('oops');
    };
    expect(shieldedPredicate(throws, onError)()).toBe(false);
    expect(errors.pop()?.message).toBe('the callback throws threw: oops');
    expect(shieldedPredicate((n: number) => n > 1, onError)(2)).toBe(true);
  });

  test('that rejects is no unhandled rejection', async () => {
    shielded(async () => {
      throw new Error('later');
    }, onError)();
    await settled();
    expect(errors.pop()?.message).toMatch(/threw: later$/);
  });

  test('for errors that throws is a warning of the process', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    try {
      shieldedOnError(() => {
        throw new Error('of no use');
      })(new Error('first') as CacheError);
      expect(warn.mock.calls[0]?.[0]).toMatch(/of no use$/);
    } finally {
      warn.mockRestore();
    }
  });

  test('for errors may be left out', () => {
    expect(shieldedOnError(undefined)(new Error('first') as CacheError)).toBeUndefined();
  });
});
