// The chart as Kubernetes gets it, rendered by Go's template engine (../../helm/render): there is no helm among the packages
// that tests may use.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

const root = (path: string) => fileURLToPath(new URL(`../../helm/${path}`, import.meta.url));
export const CHART = root('ringcache');
const TEMPLATES = join(CHART, 'templates');

export const hasGo = spawnSync('go', ['version']).error === undefined;

export type Json = Record<string, unknown>;

export interface Manifest extends Json {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface Rendered {
  readonly manifests: readonly Manifest[];
  readonly notes: string;
}

export const defaults = () => parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Json;

/** Values of the chart, with those given over them: maps are merged, lists replaced. */
export function valuesWith(given: Json, over: Json = defaults()): Json {
  const merged: Json = { ...over };
  for (const [name, value] of Object.entries(given)) {
    const before = merged[name];
    merged[name] = isMap(before) && isMap(value) ? valuesWith(value, before) : value;
  }
  return merged;
}

/** @throws what a template says that fails. */
export function renderChart(given: Json): Rendered {
  const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Json;
  const files = Object.fromEntries(
    readdirSync(TEMPLATES).map((name) => [name, readFileSync(join(TEMPLATES, name), 'utf8')]),
  );
  const data = {
    Values: valuesWith(given),
    Release: { Name: 'test', Namespace: 'caches', Service: 'Helm' },
    Chart: { Name: chart.name, Version: chart.version, AppVersion: chart.appVersion },
  };
  const input = JSON.stringify({ files, data });
  const { status, stdout, stderr } = spawnSync('go', ['run', 'render.go'], {
    cwd: root('render'),
    env: { ...process.env, GOFLAGS: '', GO111MODULE: 'off' },
    input,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  const { 'NOTES.txt': notes = '', ...texts } = JSON.parse(stdout) as Record<string, string>;
  const manifests = Object.entries(texts).flatMap(([name, text]) =>
    parseAllDocuments(text).flatMap((document) => {
      if (document.errors.length > 0) throw new Error(`${name}: ${document.errors[0]!.message}\n${text}`);
      const value: unknown = document.toJS();
      return isMap(value) ? [value as Manifest] : [];
    }),
  );
  return { manifests, notes };
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
