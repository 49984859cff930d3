import { marks } from './mark.js';
import { BYTE_UNITS, formatQuantity, TIME_UNITS } from './quantity.js';
import { isMap, type Schema, standsFor, step } from './schema-path.js';

const HIDDEN = '***';

/**
 * A copy of a loaded configuration for people to read: secrets and passwords within URLs as `***`, durations and sizes
 * with their units. Without secrets it loads again to the same configuration.
 * Not promised: a secret whose schema is not `secret()`, and which is not in a URL, is shown.
 * @param schema that it was loaded with.
 */
export function redacted(config: unknown, schema: Schema): unknown {
  return shown(config, [schema]);
}

function shown(value: unknown, schemas: readonly Schema[]): unknown {
  if (value === undefined || value === null) return value;
  const kinds = printedAs(value, schemas);
  if (kinds.has('secret')) return HIDDEN;
  if (typeof value === 'string') return withoutPasswords(value);
  if (typeof value === 'number' && !Number.isNaN(value)) return withUnit(value, kinds);
  if (Array.isArray(value)) return value.map((item, index) => shown(item, step(schemas, index, value)));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item, step(schemas, key, value))]));
}

function withUnit(value: number, kinds: ReadonlySet<string>): number | string {
  if (kinds.has('duration')) return formatQuantity(value, TIME_UNITS);
  return kinds.has('bytes') ? formatQuantity(value, BYTE_UNITS) : value;
}

/** Whether any schema for this place says that its value is secret. */
export function isSecret(value: unknown, schemas: readonly Schema[]): boolean {
  return printedAs(value, schemas).has('secret');
}

function printedAs(value: unknown, schemas: readonly Schema[]): Set<string> {
  const all = schemas.flatMap((schema) => [...standsFor(schema, value)]);
  return new Set(all.flatMap((schema) => marks.get(schema)?.printAs ?? []));
}

// Up to the last @: a password with an unescaped / or @ in it is no proper URL, and must not show all the same.
const USER_INFO = /(\/\/[^/:@\s]*):.*@/gs;
const PASSWORD_PARAMETER = /([?&;](?:password|passwd|pwd|secret|token|api_?key|access_?key|sslpassword)=)[^&;\s]*/gi;

/** Any text, with what is a password in a URL within it as `***`. */
export function withoutPasswords(text: string): string {
  return text.replace(USER_INFO, `$1:${HIDDEN}@`).replace(PASSWORD_PARAMETER, `$1${HIDDEN}`);
}
