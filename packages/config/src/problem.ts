import type { z } from 'zod';
import { didYouMean } from './did-you-mean.js';
import { NO_FORM } from './explain.js';
import { isSecret, withoutPasswords } from './redacted.js';
import { knownKeys, type Path, type Schema, schemasAt, settingsNamed, valueAt } from './schema-path.js';

/** Something wrong at one place, with no word yet on which source said it. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** How much of a bad value is quoted: enough to find it again. */
const MAX_QUOTED = 80;
/** With more, a list of the names there are is no help. */
const MAX_LISTED = 12;

type Issue = z.core.$ZodIssue;

/** zod's issues as problems of single places: an unknown key is one of its own, a union is that of the form meant. */
export function problemsOf(issues: readonly Issue[], schema: Schema, config: unknown): Problem[] {
  return issues.flatMap((issue) => problemsIn(issue, [], schema, config));
}

function problemsIn(issue: Issue, base: Path, schema: Schema, config: unknown): Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path, config);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: unknownKey(key, known, settingsNamed(key, schema, config)),
    }));
  }
  const value = valueAt(config, path);
  if (issue.code === 'invalid_union' && issue.message === NO_FORM) {
    if (value === undefined) return [{ path, message: 'is required' }];
    const forms = issue.errors.filter((form) => !form.every(isOtherForm));
    const meant = forms.length === 1 ? forms[0]! : [];
    if (meant.length > 0) return meant.flatMap((inner) => problemsIn(inner, path, schema, config));
    const wanted = new Set(issue.errors.flat().map(({ message }) => message.replace(/^must be /, '')));
    return [{ path, message: `must be ${[...wanted].join(', or ')}${got(issue, value, path, schema, config)}` }];
  }
  return [{ path, message: `${issue.message}${got(issue, value, path, schema, config)}` }];
}

/** The value has not even this form's type, so that who wrote it can't have meant it. */
function isOtherForm({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

/** @param elsewhere settings that have this name in another place: one that has moved, or was put into the wrong map. */
function unknownKey(key: string, known: readonly string[], elsewhere: readonly string[]): string {
  const meant = didYouMean(key, known) ?? (elsewhere.length === 1 ? elsewhere[0] : undefined);
  if (meant !== undefined) return `unknown key; did you mean ${meant}?`;
  return known.length === 0 || known.length > MAX_LISTED
    ? 'unknown key'
    : `unknown key; there are ${[...new Set(known)].join(', ')}`;
}

function got(issue: Issue, value: unknown, path: Path, schema: Schema, config: unknown): string {
  if (value === undefined || value === null || value === '' || issue.code === 'invalid_key') return '';
  if (isSecret(value, schemasAt(schema, path, config))) return '';
  if (typeof value !== 'object') return `, got ${quoted(value)}`;
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_union') return '';
  return Array.isArray(value) ? ', got a list' : ', got a map';
}

function quoted(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const text = JSON.stringify(withoutPasswords(value));
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}
