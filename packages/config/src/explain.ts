import type { z } from 'zod';
import { didYouMean } from './did-you-mean.js';

/** What a union says that fits in none of its forms; whoever reads the issues looks into the forms then. */
export const NO_FORM = 'fits none of the forms that it may have';

/** zod's complaints in words for who wrote the file. A message that a schema brings itself goes before these. */
export function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_union') return unionMessage(issue);
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
    return issue.code === 'invalid_value' ? `is required: ${anyOf(issue.values)}` : 'is required';
  }
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === null ? 'is empty: give it a value, or remove it' : typeMessage(issue.expected);
    case 'invalid_value':
      return `must be ${anyOf(issue.values)}${hint(issue.input, issue.values)}`;
    case 'too_small':
      return limitMessage(issue.origin, issue.minimum, issue.inclusive === false ? 'more than' : 'at least');
    case 'too_big':
      return limitMessage(issue.origin, issue.maximum, issue.inclusive === false ? 'less than' : 'at most');
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return issue.format === 'regex' ? `must match ${issue.pattern}` : `must be a valid ${issue.format}`;
    case 'invalid_key':
      return `has a bad name: ${issue.issues.map(({ message }) => message).join(', ')}`;
    default:
      return undefined;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text (in quotes, if it looks like something else)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function typeMessage(expected: string): string {
  return `must be ${TYPES[expected] ?? expected}`;
}

function limitMessage(origin: string, limit: number | bigint, relation: string): string {
  if (origin === 'string') {
    return limit === 1 && relation === 'at least' ? 'must not be empty' : `must have ${relation} ${limit} characters`;
  }
  if (origin === 'array' || origin === 'set') return `must have ${relation} ${limit} ${limit === 1 ? 'item' : 'items'}`;
  return `must be ${relation} ${limit}`;
}

function unionMessage(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (issue.discriminator === undefined) return NO_FORM;
  const options = Array.isArray(issue.options) ? issue.options : [];
  const told = (issue.input as Record<string, unknown> | null | undefined)?.[issue.discriminator];
  return told === undefined ? `is required: ${anyOf(options)}` : `must be ${anyOf(options)}${hint(told, options)}`;
}

function anyOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`;
}

function hint(input: unknown, values: readonly unknown[]): string {
  const meant = typeof input === 'string' ? didYouMean(input, values.map(String)) : undefined;
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}
