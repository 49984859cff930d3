// How the flags of every command are read.

import { InvalidArgumentError, Option } from 'commander';

/** A whole number from 1; `1e6` and `1_000_000` will do. */
export function count(text: string): number {
  const n = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(n) && n >= 1) return n;
  throw new InvalidArgumentError('must be a whole number from 1.');
}

/** Several of them, separated by commas. */
export function counts(text: string): number[] {
  return text.split(',').map(count);
}

/** An option that takes several of the names, separated by commas; by default all. */
export function some<Name extends string>(flags: string, about: string, names: readonly Name[]): Option {
  const read = (text: string) =>
    text.split(',').map((part) => {
      if (names.some((name) => name === part)) return part;
      throw new InvalidArgumentError(`there is no ${part}; there are ${names.join(', ')}.`);
    });
  return new Option(flags, about).argParser(read).default([...names], 'all');
}
