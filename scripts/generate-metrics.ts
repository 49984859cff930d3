// Writes docs/metrics.md from the metrics that a node is asked for; `pnpm generate` runs it, and `pnpm check:generated` fails
// where the page is not what it writes.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { METRIC_SECTIONS, type MetricSection, processMetrics } from '../apps/node/src/metrics/create-metrics.js';
import type { Metric } from '../apps/node/src/metrics/metric.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = 'docs/metrics.md';
const UNITS = ['seconds', 'bytes', 'ratio'];

const INTRO = `# Metrics

<!-- Written by scripts/generate-metrics.ts from apps/node/src/metrics: change it there, then \`pnpm generate\`. -->

A node answers \`/metrics\` on its HTTP port, in the text format of Prometheus. Everything is read when it is asked for: a scrape
costs some milliseconds, and between scrapes nothing is done. Counters and histograms count from the start of the process. No
label is ever a key.

Rules and alarms made of these: [infra/prometheus](../infra/prometheus/rules/ringcache.yml); a dashboard:
[infra/grafana](../infra/grafana/dashboards/ringcache.json); what to do when an alarm rings: [Alarms](operations.md#alarms).
`;

const known = await processMetrics();
const sections = [...METRIC_SECTIONS.map(sectionOf), processSection()];
writeFileSync(`${ROOT}/${PAGE}`, formatted([INTRO, ...sections].join('\n')));
console.log(`${PAGE}: ${METRIC_SECTIONS.flatMap(({ metrics }) => metrics).length + known.length} metrics`);

function sectionOf({ title, metrics }: MetricSection): string {
  const rows = metrics.map((metric) => `| ${rowOf(metric).map(escaped).join(' | ')} |`);
  return [
    `## ${title}\n`,
    '| metric | labels | unit | what it is | what to do with it |',
    '| - | - | - | - | - |',
    ...rows,
    '',
  ].join('\n');
}

function rowOf(metric: Metric): string[] {
  const labels = Object.entries(metric.labels ?? {}).map(([name, values]) => `\`${name}\`: ${values}`);
  return [`\`${metric.name}\` (${metric.type})`, labels.join('; '), unitOf(metric), metric.help, metric.use];
}

function unitOf({ name, unit }: Metric): string {
  return unit ?? UNITS.find((each) => name.includes(`_${each}`))!;
}

/** The version of Node.js decides what they are, and their names say what they count. */
function processSection(): string {
  const rows = known.map(({ name, help }) => `| \`${name}\` | ${escaped(help)} |`);
  return [
    '## Node.js and the process\n',
    'By [prom-client](https://github.com/siimon/prom-client), as for any program on Node.js.\n',
    '| metric | what it is |',
    '| - | - |',
    ...rows,
    '',
  ].join('\n');
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
