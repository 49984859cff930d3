import { z } from 'zod';
import type { Schema } from './schema-path.js';

export type Def = z.core.$ZodTypes['_zod']['def'];

export function defOf(schema: Schema): Def {
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schema and those that it wraps, from the outside. Of a pipe, the side that a file is read with. */
export function layersOf(schema: Schema): Schema[] {
  const def = defOf(schema);
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      return [schema, ...layersOf(def.innerType)];
    case 'pipe':
      return [schema, ...layersOf(def.in)];
    default:
      return [schema];
  }
}

/** What it is under all that it is wrapped in. */
export function coreOf(schema: Schema): Schema {
  return layersOf(schema).at(-1)!;
}

/** From the outermost that says so. */
export function metaOf(schema: Schema, name: 'title' | 'description'): string | undefined {
  return layersOf(schema)
    .map((each) => z.globalRegistry.get(each)?.[name])
    .find((text) => text !== undefined);
}
