import { z } from 'zod';

/** How much an app logs, and how: what the logger takes. Every key has a default. */
export const logSchema = z
  .strictObject({
    level: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
    /** `auto`: coloured lines where there is a terminal, JSON otherwise. */
    format: z.enum(['auto', 'pretty', 'json']).default('auto'),
  })
  .prefault({});
