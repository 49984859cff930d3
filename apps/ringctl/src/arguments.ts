// Arguments of commands that are no plain text, checked when the command line is read.

import { duration } from '@ringcache/config';
import { InvalidArgumentError } from 'commander';

/** In ms. @throws {InvalidArgumentError} */
export function durationArgument(limits: { readonly min?: string; readonly max?: string }): (text: string) => number {
  const schema = duration(limits);
  return (text) => {
    const result = schema.safeParse(/^\d+$/.test(text) ? Number(text) : text);
    if (result.success) return result.data;
    throw new InvalidArgumentError(`It ${result.error.issues[0]!.message}.`);
  };
}

/** @throws {InvalidArgumentError} */
export function countArgument(least: number, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (count >= least && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
