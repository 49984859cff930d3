import { describe, expect, test } from '@jest/globals';

import { Breakers } from './breakers.js';
import { ManualClock } from './testing/manual-clock.js';

function setUp(random = () => 1) {
  const clock = new ManualClock();
  return { clock, breakers: new Breakers({ clock, random }) };
}

describe('a breaker', () => {
  test('keeps a member out for longer after each failure, and at most for so long', async () => {
    const { clock, breakers } = setUp();
    const times: number[] = [];
    for (let i = 0; i < 8; i++) {
      breakers.failed('a');
      const failedAt = clock.now();
      while (breakers.isOpen('a')) await clock.advance(10);
      times.push(clock.now() - failedAt);
    }
    expect(times).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  });

  test('lets one call through when the time is up, not all', async () => {
    const { clock, breakers } = setUp();
    breakers.failed('a');
    expect(breakers.admits('a')).toBe(false);
    await clock.advance(250);
    expect([breakers.admits('a'), breakers.admits('a'), breakers.admits('b')]).toEqual([true, false, true]);
  });

  test('lets all through once the member has answered, and begins anew with the next failure', async () => {
    const { clock, breakers } = setUp();
    breakers.failed('a');
    breakers.failed('a');
    breakers.answered('a');
    expect([breakers.admits('a'), breakers.admits('a'), breakers.size]).toEqual([true, true, 0]);
    breakers.failed('a');
    await clock.advance(250);
    expect(breakers.isOpen('a')).toBe(false);
  });

  test('shortens the time by up to a half, by chance', async () => {
    const { clock, breakers } = setUp(() => 0);
    breakers.failed('a');
    await clock.advance(125);
    expect(breakers.isOpen('a')).toBe(false);
  });

  test('stays closed for a member that has answered something else since the call began: it is slow, not silent', async () => {
    const { clock, breakers } = setUp();
    const askedAt = clock.now();
    await clock.advance(500);
    breakers.alive('a', clock.now());
    await clock.advance(500);
    breakers.failed('a', askedAt);
    expect(breakers.isOpen('a')).toBe(false);
    breakers.failed('a', clock.now());
    expect(breakers.isOpen('a')).toBe(true);
  });

  test('forgets members that have left', () => {
    const { breakers } = setUp();
    breakers.failed('a');
    breakers.failed('b');
    breakers.keep(new Set(['b']));
    expect([breakers.isOpen('a'), breakers.isOpen('b')]).toEqual([false, true]);
  });

  test('give up calls that wait for a member as soon as it is silent, and no others', async () => {
    const { breakers } = setUp();
    const never = () => new Promise<string>(() => {});
    const [first, second] = [breakers.unlessSilent('a', never()), breakers.unlessSilent('a', never())];
    let other = 'waits';
    void breakers.unlessSilent('b', never()).finally(() => (other = 'ended'));
    breakers.silent('a');
    await expect(first).rejects.toMatchObject({ code: 'unavailable', answered: false });
    await expect(second).rejects.toThrow('a has gone silent');
    expect([breakers.isOpen('a'), breakers.isOpen('b'), other]).toEqual([true, false, 'waits']);
  });

  test('leave a call that has ended alone', async () => {
    const { breakers } = setUp();
    expect(await breakers.unlessSilent('a', Promise.resolve('v'))).toBe('v');
    await expect(breakers.unlessSilent('a', Promise.reject(new Error('why')))).rejects.toThrow('why');
    breakers.silent('a');
  });
});
