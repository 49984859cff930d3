import { isMap, type Schema, standsFor, step } from './schema-path.js';

const YES = new Set(['true', '1', 'yes', 'on']);
const NO = new Set(['false', '0', 'no', 'off']);
// Number() would take '', '0x10' and 'Infinity' too.
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The text of a flag or an environment variable as what the schema wants: a number, a boolean, a list split at commas.
 * Text that is none of these stays as it is, so that the schema's own complaint quotes it.
 */
export function coerce(input: unknown, schemas: readonly Schema[]): unknown {
  if (Array.isArray(input)) return input.map((item, index) => coerce(item, step(schemas, index, input)));
  if (typeof input !== 'string') return input;
  const wanted = new Set<unknown>();
  for (const schema of schemas) {
    for (const { _zod } of standsFor(schema, input)) {
      wanted.add(_zod.def.type);
      if (_zod.def.type === 'literal') for (const value of _zod.def.values) wanted.add(typeof value);
    }
  }
  if (wanted.has('array')) return coerce(listOf(input), schemas);
  // Text first: a password of digits must stay text, and quantities read their own numbers.
  if (wanted.has('string') || wanted.has('enum')) return input;
  const text = input.trim();
  if (wanted.has('number') && DECIMAL.test(text)) return Number(text);
  if (wanted.has('boolean') && YES.has(text.toLowerCase())) return true;
  return wanted.has('boolean') && NO.has(text.toLowerCase()) ? false : input;
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A copy with `value` at `path`; a copy, since two places of a YAML file can be one object through an alias. */
export function withValueAt(root: unknown, [head, ...rest]: readonly string[], value: unknown): unknown {
  if (head === undefined) return value;
  if (Array.isArray(root)) return Object.assign([...root], { [head]: withValueAt(root[Number(head)], rest, value) });
  const map = root ?? {};
  // What is there has the wrong type; it stays, for the schema to complain about.
  if (!isMap(map)) return root;
  return { ...map, [head]: withValueAt(Object.hasOwn(map, head) ? map[head] : undefined, rest, value) };
}
