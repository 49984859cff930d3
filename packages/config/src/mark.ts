import { z } from 'zod';

/** How a value must be printed; a mark stays on the schema through min(), optional(), default() and the like. */
export interface Mark {
  readonly printAs: 'secret' | 'duration' | 'bytes';
}

/** A registry of our own: zod's global one is for what people read, `description` and (of how a value is written) `title`. */
export const marks = z.registry<Mark>();

/** A string that nobody may see printed: `redacted` shows `***`, and no error message quotes it. */
export function secret(): z.ZodString {
  return z.string().register(marks, { printAs: 'secret' });
}
