// A schema as a list of settings, for a reference that cannot fall behind: whatever loadConfig() takes is in it.

import type { z } from 'zod';
import { coreOf, defOf, metaOf } from './schema-layers.js';
import type { Schema } from './schema-path.js';
import { code, defaultOf, wordsFor } from './setting-value.js';

/** One place of a configuration, as its reader wants to know it. Texts are Markdown. */
export interface Setting {
  /** Dotted, from the top; `<name>` stands for any key of a map, `[]` for any item of a list. */
  readonly path: string;
  /** How a value is written: `duration, 1s to 5m`. undefined: a map, whose settings follow. */
  readonly value: string | undefined;
  /** As it is written in a file. undefined: none. */
  readonly default: string | undefined;
  /** Must be given, wherever the map that it is in is. */
  readonly required: boolean;
  /** From the schema's `describe()`. */
  readonly description: string | undefined;
  /** In a union: which of its forms have it, as `` `http` `` and the like. Empty: it is in no union, or in all forms. */
  readonly forms: readonly string[];
}

/** @param schema made of `z.strictObject`, as for `loadConfig`. */
export function settingsOf(schema: z.ZodType): Setting[] {
  return below(schema as Schema, '');
}

function settingsAt(schema: Schema, path: string): Setting[] {
  const core = coreOf(schema);
  const self: Setting = {
    path,
    value: hasSettings(core) ? undefined : wordsFor(schema),
    default: defaultOf(schema),
    required: schema._zod.optin === undefined,
    description: metaOf(schema, 'description'),
    forms: [],
  };
  return [self, ...below(core, path)];
}

/** The settings within a map, a map of maps, a list of maps, or maps of several forms. */
function below(schema: Schema, path: string): Setting[] {
  const def = defOf(schema);
  if (def.type === 'object') {
    return Object.entries(def.shape).flatMap(([key, each]) => settingsAt(each, path === '' ? key : `${path}.${key}`));
  }
  if (def.type === 'record') return below(coreOf(def.valueType), `${path}.<name>`);
  if (def.type === 'array') return below(coreOf(def.element), `${path}[]`);
  return def.type === 'union' && 'discriminator' in def ? ofForms(def as z.core.$ZodDiscriminatedUnionDef, path) : [];
}

/** What several forms have alike is told once, with the forms that have it. */
function ofForms({ options, discriminator }: z.core.$ZodDiscriminatedUnionDef, path: string): Setting[] {
  const found = new Map<string, Setting>();
  for (const option of options) {
    const form = [...option._zod.propValues![discriminator]!].map((name) => code(String(name))).join(', ');
    for (const setting of below(coreOf(option), path)) {
      const before = found.get(setting.path);
      found.set(setting.path, before === undefined ? { ...setting, forms: [form] } : merged(before, setting, form));
    }
  }
  return [...found.values()].map((each) => (each.forms.length === options.length ? { ...each, forms: [] } : each));
}

function merged(before: Setting, setting: Setting, form: string): Setting {
  const value = before.value === setting.value ? before.value : `${before.value}, ${setting.value}`;
  return { ...before, value, forms: [...before.forms, form] };
}

function hasSettings(schema: Schema): boolean {
  return below(schema, '').length > 0;
}
