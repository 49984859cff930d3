import type { z } from 'zod';
import { ConfigError } from './config-error.js';
import { explain } from './explain.js';
import { layersOf, type Sources } from './layers.js';
import { problemsOf } from './problem.js';

/**
 * Reads a configuration: flags over environment over file over the schema's defaults, then checked as a whole.
 * A list is replaced by the source that goes before, a map is merged. Text from flags and environment becomes the number,
 * boolean or (split at commas) list that the schema wants; in the file a value has to have its type.
 * Reads the file synchronously: it is for the start of a program.
 * @param schema made of `z.strictObject`, so that a misspelt key is refused.
 * @throws {ConfigError} with every problem of all sources; of a file that can't be parsed, with only the file's.
 */
export function loadConfig<S extends z.ZodType>(schema: S, sources: Sources): z.output<S> {
  const layers = layersOf(schema, sources);
  const result = schema.safeParse(layers.config, { error: explain });
  if (result.success) return result.data;
  throw new ConfigError(problemsOf(result.error.issues, schema, layers.config).map(layers.describe));
}
