import { setTimeout as pause } from 'node:timers/promises';

import type { ExitCode } from './exit-codes.js';
import type { Session } from './session.js';

/**
 * Looks again and again, `everyMs` from one beginning to the next, until the signal is aborted.
 * @returns what the last look ended with. @throws what a look throws.
 */
export async function lookAgain(
  session: Session,
  everyMs: number,
  signal: AbortSignal,
  look: () => Promise<ExitCode>,
): Promise<ExitCode> {
  let code: ExitCode = 0;
  while (!signal.aborted) {
    const nextAt = performance.now() + everyMs;
    session.renew();
    code = await look();
    await pause(Math.max(0, nextAt - performance.now()), undefined, { signal }).catch(() => {}); // aborted: done
  }
  return code;
}

/** Aborted by the first Ctrl-C or SIGTERM; a second ends the process at once. */
export function interrupted(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return controller;
}
