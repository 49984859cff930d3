import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';

import { type Flight, Flights, waitFor } from './flights.js';
import { ManualClock, settled } from './testing/manual-clock.js';

function setUp(timeoutMs = 1000) {
  const clock = new ManualClock();
  return { clock, flights: new Flights<string>({ clock, timeoutMs }) };
}

describe('Flights', () => {
  test('who joins while a flight is open shares its outcome', async () => {
    const { flights } = setUp();
    let starts = 0;
    const start = async () => {
      starts++;
      await settled();
      return 'v';
    };
    expect(await Promise.all([flights.join('k', start), flights.join('k', start), flights.join('k', start)])).toEqual([
      'v',
      'v',
      'v',
    ]);
    expect(starts).toBe(1);
    await flights.join('k', start);
    expect(starts).toBe(2);
  });

  test('a failure goes to everyone who waits, and the next caller starts anew', async () => {
    const { flights } = setUp();
    const fail = async () => {
      throw new Error('no');
    };
    const [first, second] = await Promise.allSettled([flights.join('k', fail), flights.join('k', fail)]);
    expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
    expect(await flights.join('k', async () => 'v')).toBe('v');
  });

  test('a flight that hangs ends at its deadline, aborted and fenced, and strands nobody', async () => {
    const { clock, flights } = setUp(1000);
    let seen: Flight | undefined;
    const hang = (flight: Flight) => {
      seen = flight;
      return new Promise<string>(() => {});
    };
    const outcome = expect(flights.join('k', hang)).rejects.toMatchObject({ code: 'deadline' });
    expect(seen!.signal.aborted).toBe(false);
    await clock.advance(1000);
    await outcome;
    expect([seen!.signal.aborted, seen!.fenced, flights.size, clock.pending]).toEqual([true, true, 0, 0]);
  });

  test('the signal is aborted also for who first looks at it after the deadline', async () => {
    const { clock, flights } = setUp(10);
    let seen: Flight | undefined;
    const flight = flights.join('k', (f) => {
      seen = f;
      return new Promise<string>(() => {});
    });
    flight.catch(() => {});
    await clock.advance(10);
    expect(seen!.signal.aborted).toBe(true);
  });

  test('a fenced flight still answers who waits, and later callers start another', async () => {
    const { flights } = setUp();
    const seen: Flight[] = [];
    const start = (value: string) => async (flight: Flight) => {
      seen.push(flight);
      await settled();
      return value;
    };
    const before = flights.join('k', start('old'));
    flights.fence('k');
    const after = flights.join('k', start('new'));
    expect(await Promise.all([before, after])).toEqual(['old', 'new']);
    expect(seen.map((flight) => flight.fenced)).toEqual([true, false]);
    expect(flights.size).toBe(0);
  });

  test('the end of a fenced flight does not end the one that followed it', async () => {
    const { flights } = setUp();
    const before = flights.join('k', async () => 'old');
    flights.fence('k');
    void flights.join('k', () => new Promise<string>(() => {}));
    await before;
    await settled();
    expect(flights.has('k')).toBe(true);
  });

  test('a timer is left behind by no flight that ends', async () => {
    const { clock, flights } = setUp();
    await flights.join('a', async () => 'v');
    await flights.join('b', async () => Promise.reject(new Error('no'))).catch(() => {});
    expect(clock.pending).toBe(0);
  });
});

describe('waitFor', () => {
  test("a caller's timeout or signal ends its wait only, and leaves no timer or listener", async () => {
    const clock = new ManualClock();
    let arrive!: (value: string) => void;
    const flight = new Promise<string>((resolve) => {
      arrive = resolve;
    });
    const controller = new AbortController();
    const patient = waitFor(flight, { timeoutMs: 1000 }, clock);
    const late = expect(waitFor(flight, { timeoutMs: 10 }, clock)).rejects.toMatchObject({ code: 'deadline' });
    const gone = expect(waitFor(flight, { signal: controller.signal }, clock)).rejects.toMatchObject({
      code: 'deadline',
    });
    await clock.advance(10);
    controller.abort();
    await Promise.all([late, gone]);
    arrive('v');
    expect(await patient).toBe('v');
    expect(clock.pending).toBe(0);
  });

  test('many may share a signal, without a warning, and leave no listener on it', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error) => warnings.push(warning.name);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 100 }, () => waitFor(settled(), { signal }, new ManualClock())));
    await settled();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('a signal that was aborted before ends the wait at once', async () => {
    const never = new Promise<string>(() => {});
    await expect(waitFor(never, { signal: AbortSignal.abort() }, new ManualClock())).rejects.toMatchObject({
      code: 'deadline',
    });
  });
});
