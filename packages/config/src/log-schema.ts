import { z } from 'zod';

/** How much an app logs, and how: what the logger takes. Every key has a default. */
export const logSchema = z
  .strictObject({
    level: z
      .enum(['error', 'warn', 'info', 'debug'])
      .default('info')
      .describe(
        'The least that is logged. At `info`, what a miss or a write sets off; at `debug`, every request and hit too.',
      ),
    format: z
      .enum(['auto', 'pretty', 'json'])
      .default('auto')
      .describe('`auto`: coloured lines where there is a terminal, JSON otherwise.'),
  })
  .prefault({})
  .describe('What is logged, and how.');
