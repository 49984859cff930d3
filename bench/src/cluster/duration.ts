import { duration } from '@ringcache/config';
import { InvalidArgumentError } from 'commander';

const schema = duration({ min: '10ms', max: '1h' });

/** How the flag `--duration` is read: `2s`, `500ms`. @returns ms. */
export function durationMs(text: string): number {
  const read = schema.safeParse(text);
  if (read.success) return read.data;
  throw new InvalidArgumentError('must be a time from 10ms to 1h, such as 2s.');
}
