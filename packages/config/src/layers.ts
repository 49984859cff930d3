import { coerce, withValueAt } from './coerce.js';
import type { Problem } from './problem.js';
import { type Path, type Schema, schemasAt } from './schema-path.js';
import { readYamlFile } from './yaml-file.js';

/** Where a configuration comes from; each source goes before those above it. */
export interface Sources {
  /** A YAML file of at most 1 MiB that is one map; undefined: none. An empty one sets nothing. */
  readonly file?: string | undefined;
  /** Read for `envNames` only; an empty value counts as unset. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Name of a variable to the dotted path that it sets: `{ ETCD_HOSTS: 'discovery.hosts' }`. */
  readonly envNames?: Readonly<Record<string, string>> | undefined;
  /** Dotted path to value; `undefined` counts as unset. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
  /** Dotted path to the flag's name as a user types it; by default `discovery.maxWait` is `--discovery-max-wait`. */
  readonly flagNames?: Readonly<Record<string, string>> | undefined;
}

/** The sources laid over each other, not yet checked. */
export interface Layers {
  readonly config: unknown;
  /** The problem with the source that it has to be mended in before it. */
  describe(problem: Problem): string;
}

interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly label: string;
}

/** @throws {ConfigError} the file can't be read. */
export function layersOf(schema: Schema, sources: Sources): Layers {
  const file = sources.file === undefined ? undefined : readYamlFile(sources.file);
  const overrides = [...environment(sources), ...flags(sources)];
  let config: unknown = file?.data ?? {};
  for (const { path, value } of overrides) {
    config = withValueAt(config, path, coerce(value, schemasAt(schema, path, config)));
  }
  return { config, describe };

  function describe({ path, message }: Problem): string {
    const override = overrides.findLast((each) => each.path.every((key, index) => key === String(path[index])));
    if (override) return joined(override.label, partOf(path.slice(override.path.length)), message);
    const line = file?.lineOf(path);
    const place = sources.file === undefined || line === undefined ? sources.file : `${sources.file}:${line}`;
    const ways = message === 'is required' ? settersOf(path.join('.'), sources) : [];
    return joined(place, nameOf(path), ways.length === 0 ? message : `${message} (or set ${ways.join(' or ')})`);
  }
}

function environment({ env = {}, envNames = {} }: Sources): Override[] {
  return Object.entries(envNames).flatMap(([name, dotted]) => {
    const value = env[name];
    const unset = value === undefined || value === '';
    return unset ? [] : [{ path: dotted.split('.'), value, label: `environment ${name}` }];
  });
}

function flags(sources: Sources): Override[] {
  return Object.entries(sources.flags ?? {}).flatMap(([dotted, value]) =>
    value === undefined ? [] : [{ path: dotted.split('.'), value, label: `flag ${flagName(dotted, sources)}` }],
  );
}

function flagName(dotted: string, { flagNames = {} }: Sources): string {
  const kebab = dotted.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return flagNames[dotted] ?? `--${kebab}`;
}

/** What else could give a value that is missing. */
function settersOf(dotted: string, sources: Sources): string[] {
  const names = Object.entries(sources.envNames ?? {}).flatMap(([name, each]) => (each === dotted ? [name] : []));
  return Object.hasOwn(sources.flags ?? {}, dotted) ? [...names, flagName(dotted, sources)] : names;
}

function joined(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(': ');
}

/** The place within one flag or variable; people count the items of a list on one line from 1. */
function partOf(path: Path): string {
  const [head] = path;
  return typeof head === 'number' ? joined(`item ${head + 1}`, nameOf(path.slice(1))) : nameOf(path);
}

/** `groups.scores.members[2].id`; a name that could be misread is quoted. */
function nameOf(path: Path): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`;
    const text = /^[\w-]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key));
    return name === '' ? text : `${name}.${text}`;
  }, '');
}
