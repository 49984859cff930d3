// What a schema says about the place that a path leads to. zod keeps this in `_zod.def`, its documented way in for libraries.

import type { z } from 'zod';

export type Schema = z.core.$ZodType;
export type Path = readonly PropertyKey[];

/**
 * The schema and all that it may stand for: under optional, default, pipes and the like, and each side of a union.
 * @param value narrows a discriminated union to the side that it is of.
 */
export function* standsFor(schema: Schema, value: unknown): Generator<z.core.$ZodTypes> {
  const each = schema as z.core.$ZodTypes;
  yield each;
  for (const inner of innerSchemas(each, value)) yield* standsFor(inner, value);
}

function innerSchemas(schema: z.core.$ZodTypes, value: unknown): readonly Schema[] {
  const { def } = schema._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
      return [def.innerType];
    case 'lazy':
      return [def.getter()];
    case 'pipe':
      return [def.in, def.out];
    case 'intersection':
      return [def.left, def.right];
    case 'union':
      return sidesOf(def as z.core.$ZodDiscriminatedUnionDef, value);
    default:
      return [];
  }
}

function sidesOf({ options, discriminator }: z.core.$ZodDiscriminatedUnionDef, value: unknown): readonly Schema[] {
  if (discriminator === undefined || !isMap(value)) return options;
  const told = value[discriminator];
  const fitting = options.filter((option) => option._zod.propValues?.[discriminator]?.has(told as string));
  return fitting.length === 0 ? options : fitting;
}

/** What may be under `key` of a value of these schemas. */
export function step(schemas: readonly Schema[], key: PropertyKey, value: unknown): readonly Schema[] {
  return schemas
    .flatMap((schema) => [...standsFor(schema, value)])
    .flatMap(({ _zod: { def } }) => {
      if (def.type === 'object') return Object.hasOwn(def.shape, key) ? [def.shape[String(key)]!] : [];
      if (def.type === 'record') return [def.valueType];
      return def.type === 'array' ? [def.element] : [];
    });
}

/** What may be at `path` of `root`, a value for `schema`; empty: it knows of no such place. */
export function schemasAt(schema: Schema, path: Path, root: unknown): readonly Schema[] {
  let value = root;
  return path.reduce<readonly Schema[]>(
    (schemas, key) => {
      const below = step(schemas, key, value);
      value = valueAt(value, [key]);
      return below;
    },
    [schema],
  );
}

/** The names that a map at `path` may have; empty: any, or it is no map. */
export function knownKeys(schema: Schema, path: Path, root: unknown): string[] {
  const at = schemasAt(schema, path, root).flatMap((each) => [...standsFor(each, valueAt(root, path))]);
  return at.flatMap(({ _zod: { def } }) => (def.type === 'object' ? Object.keys(def.shape) : []));
}

/** The settings of this name at the top, or in a map at the top, as dotted paths. */
export function settingsNamed(name: string, schema: Schema, root: unknown): string[] {
  const top = knownKeys(schema, [], root);
  const below = top.filter((map) => knownKeys(schema, [map], root).includes(name)).map((map) => `${map}.${name}`);
  return top.includes(name) ? [name, ...below] : below;
}

export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    const inside = (isMap(value) || Array.isArray(value)) && Object.hasOwn(value, key);
    return inside ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }, root);
}

export function isMap(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
