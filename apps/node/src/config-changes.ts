// What is different between two configurations that both are good, setting by setting.

import { isDeepStrictEqual } from 'node:util';

/** From the top, as it stands in a file: `['groups', 'scores', 'ttl']`. */
export type SettingPath = readonly string[];

type Map = Readonly<Record<string, unknown>>;

/**
 * The settings that differ. Maps are looked into, lists are not; a map of another `type` differs as a whole, and so does one
 * that is there on one side only.
 */
export function changesBetween(before: unknown, after: unknown, path: SettingPath = []): SettingPath[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMap(before) || !isMap(after) || before.type !== after.type) return [path];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => changesBetween(before[name], after[name], [...path, name]));
}

/** A configuration in which some settings are those of another; parts of either are in it. */
export function withSettingsOf<C>(config: C, other: C, paths: readonly SettingPath[]): C {
  return paths.reduce((all, path) => withOne(all, other, path) as C, config);
}

function withOne(config: unknown, other: unknown, [name, ...rest]: SettingPath): unknown {
  if (name === undefined || !isMap(config) || !isMap(other)) return other;
  const { [name]: before, ...others } = config;
  const value = rest.length === 0 ? other[name] : withOne(before, other[name], rest);
  return value === undefined ? others : { ...config, [name]: value };
}

/** As messages and reports have it. */
export function nameOf(path: SettingPath): string {
  return path.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
