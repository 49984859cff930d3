// What a schema says of a value, in words for a reference.

import type { z } from 'zod';
import { marks } from './mark.js';
import { BYTE_UNITS, formatQuantity, TIME_UNITS } from './quantity.js';
import { coreOf, type Def, defOf, layersOf, metaOf } from './schema-layers.js';
import type { Schema } from './schema-path.js';

/** How a value is written: `duration, 1s to 5m`. */
export function wordsFor(schema: Schema): string {
  return metaOf(schema, 'title') ?? wordsForCore(coreOf(schema));
}

function wordsForCore(schema: Schema): string {
  const def = defOf(schema);
  switch (def.type) {
    case 'string':
      return `${isSecret(schema) ? 'secret text' : 'text'}${lengthOf(def)}`;
    case 'number':
      return `${checksOf(def).some(({ format }) => format === 'safeint') ? 'whole number' : 'number'}${rangeOf(def)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'enum':
      return Object.values(def.entries).map(code).join(', ');
    case 'literal':
      return def.values.map((value) => code(written(value))).join(', ');
    case 'array':
      return `list of: ${wordsFor(def.element)}`;
    case 'record':
      return `map of any name to: ${wordsFor(def.valueType)}`;
    case 'union':
      return def.options.map(wordsFor).join(' or ');
    default:
      throw new TypeError(`no words for a value of ${def.type}: give it a title`);
  }
}

interface Check {
  readonly check: string;
  readonly format?: string;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

function checksOf(def: Def): Check[] {
  return (def.checks ?? []).map((each) => each._zod.def as Check);
}

function rangeOf(def: Def): string {
  const least = checksOf(def).find(({ check }) => check === 'greater_than');
  const most = checksOf(def).find(({ check }) => check === 'less_than');
  if (least === undefined) return most === undefined ? '' : `, at most ${grouped(most)}`;
  if (most === undefined) return `, ${least.inclusive ? 'at least' : 'above'} ${grouped(least)}`;
  return `, ${least.inclusive ? '' : 'above '}${grouped(least)} to ${grouped(most)}`;
}

function grouped({ value = 0 }: Check): string {
  return value.toLocaleString('en'); // 1,000,000
}

function lengthOf(def: Def): string {
  const minimum = checksOf(def).find((each) => each.check === 'min_length')?.minimum ?? 0;
  const maximum = checksOf(def).find((each) => each.check === 'max_length')?.maximum;
  if (maximum !== undefined) return `, ${minimum === 0 ? 'up to' : `${minimum} to`} ${maximum} characters`;
  return minimum < 2 ? '' : `, at least ${minimum} characters`; // at least one: as everybody would think
}

function isSecret(schema: Schema): boolean {
  return marks.get(schema as z.ZodType)?.printAs === 'secret';
}

/** As it is written in a file; undefined: there is none. */
export function defaultOf(schema: Schema): string | undefined {
  for (const def of layersOf(schema).map(defOf)) {
    if (def.type === 'default') return code(withUnit(def.defaultValue, schema));
  }
  return undefined;
}

function withUnit(value: unknown, schema: Schema): string {
  const kind = layersOf(schema)
    .map((each) => marks.get(each as z.ZodType)?.printAs)
    .find((each) => each !== undefined);
  if (typeof value !== 'number' || value === 0 || kind === undefined) return written(value);
  return formatQuantity(value, kind === 'bytes' ? BYTE_UNITS : TIME_UNITS);
}

/** As YAML has it on one line. */
function written(value: unknown): string {
  if (value === '') return "''";
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function code(text: string | number): string {
  return `\`${text}\``;
}
