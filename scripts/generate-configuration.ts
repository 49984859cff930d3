// Writes docs/configuration.md from the schema that a node reads its configuration with; `pnpm generate` runs it, and
// `pnpm check:generated` fails where the page is not what it writes.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ENVIRONMENT, FLAGS, schema } from '../apps/node/src/config.js';
import { isReloadable } from '../apps/node/src/reloadable.js';
import { type Setting, settingsOf } from '../packages/config/src/settings.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = 'docs/configuration.md';

const INTRO = `# Configuration of a node

<!-- Written by scripts/generate-configuration.ts from the schema in apps/node/src: change it there, then \`pnpm generate\`. -->

A node reads one YAML file (\`--config\`, or \`RINGCACHE_CONFIG\`), environment variables and flags: flags go before the
environment, the environment before the file, the file before defaults. Nothing here has to be given.
\`ringcache-node config check\` names every mistake with its line; \`config print\` prints what is in force, secrets as \`***\`.

- A duration is \`250ms\`, \`30s\`, \`5m\`, \`1h\`, \`2d\`, or a number of ms. A size is \`512KiB\`, \`64MiB\`, \`1GiB\`, or a number of bytes:
  units are powers of 1024.
- In a variable or a flag, a list is split at commas, and an empty variable counts as unset.
- Unknown keys are refused. \`<name>\` stands for a name that you choose, \`[]\` for each item of a list.
- A setting is read when the node starts. With SIGHUP, or \`ringctl config reload\`, a node reads all of it again, and takes
  those settings that are marked ↻ below. The others need a restart: they stay as they were, and the log and ringctl name
  them. A configuration with a mistake changes nothing. Files that \`tls\` names are read again when they are replaced, too.
- _required_: wherever the map that it is in is given.
`;

const settings = settingsOf(schema);
assertComplete();
const text = [INTRO, ...sections().map(([name, rows]) => sectionOf(name, rows))].join('\n');
writeFileSync(`${ROOT}/${PAGE}`, formatted(text));
console.log(`${PAGE}: ${settings.length} settings`);

/** A setting that nobody describes, or a variable or flag that sets none, is a mistake in the schema. */
function assertComplete(): void {
  const paths = new Set(settings.map(({ path }) => path));
  const problems = [
    ...settings.filter(({ description }) => description === undefined).map(({ path }) => `${path} has no describe()`),
    ...[...Object.values(ENVIRONMENT), ...Object.keys(FLAGS)]
      .filter((path) => !paths.has(path))
      .map((path) => `there is no setting ${path}`),
  ];
  if (problems.length === 0) return;
  console.error(problems.join('\n'));
  process.exit(1);
}

function sections(): [string, Setting[]][] {
  const found = new Map<string, Setting[]>([['', []]]);
  for (const setting of settings) {
    const name = sectionNameOf(setting);
    found.set(name, [...(found.get(name) ?? []), setting]);
  }
  return [...found].sort(([a], [b]) => Number(b === '') - Number(a === ''));
}

/** A map at the top has a section of its own, a group's origin too. */
function sectionNameOf({ path, value }: Setting): string {
  const origin = 'groups.<name>.origin';
  if (path === origin || path.startsWith(`${origin}.`)) return origin;
  const [head, ...rest] = path.split('.');
  return rest.length === 0 && value !== undefined ? '' : head!;
}

function sectionOf(name: string, rows: readonly Setting[]): string {
  const [map, ...inner] = rows;
  const isMap = map?.path === name;
  const title = name === '' ? 'At the top' : `\`${name}\``;
  const intro = isMap ? `${map.description}${map.required ? ' Required.' : ''}\n` : '';
  const table = (isMap ? inner : rows).map((row) => `| ${rowOf(row).map(escaped).join(' | ')} |`);
  return [
    `## ${title}\n`,
    intro,
    '| setting | value | default | also set by | what it does |',
    '| --- | --- | --- | --- | --- |',
    ...table,
    '',
  ].join('\n');
}

function rowOf(setting: Setting): string[] {
  const { path, value, required, description = '', forms } = setting;
  const only = forms.length === 0 ? '' : `Of ${forms.join(', ')}. `;
  return [
    `\`${path}\`${value !== undefined && isReloadable(path) ? ' ↻' : ''}`,
    value ?? (setting.default === '`[]`' ? 'list of maps' : 'map'),
    required ? '_required_' : (setting.default ?? ''),
    settersOf(path).join(', '),
    `${only}${description}`,
  ];
}

function settersOf(path: string): string[] {
  const variables = Object.entries(ENVIRONMENT).filter(([, each]) => each === path);
  const flags = Object.entries(FLAGS).filter(([each]) => each === path);
  return [...variables.map(([name]) => `\`${name}\``), ...flags.map(([, name]) => `\`${name}\``)];
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}

/** As `pnpm format` would have it, or the page would change with each of the two. */
function formatted(markdown: string): string {
  const biome = `${ROOT}/node_modules/.bin/biome`;
  const args = ['format', `--stdin-file-path=${PAGE}`];
  return execFileSync(biome, args, { cwd: ROOT, input: markdown, encoding: 'utf8' });
}
