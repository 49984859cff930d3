// The rules for Prometheus: that they are good, ring when they should, name metrics that there are, and lead to what to do.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

import { headingIds, readPage } from '../docs/page.js';
import { queriesOf, readDashboard } from './dashboard.js';
import { hasPrometheus, NEEDS_PROMETHEUS, PROMETHEUS_FOLDER } from './prometheus.js';

const read = (path: string) => readFile(join(PROMETHEUS_FOLDER, path), 'utf8');
const [alarms, recorded, cases] = await Promise.all([
  read('rules/alarms.yml'),
  read('rules/ringcache.yml'),
  read('rules/alarms.test.yml'),
]);
const names = [...alarms.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name!);

(hasPrometheus() ? describe : describe.skip)(`promtool (${NEEDS_PROMETHEUS})`, () => {
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: PROMETHEUS_FOLDER, encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };

  test('finds configuration and rules good', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toMatchObject({ status: 0 });
    const { status, said } = promtool(
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      'rules/alarms.yml',
      'rules/ringcache.yml',
    );
    expect([status, said]).toEqual([0, expect.stringContaining(`SUCCESS: ${names.length} rules found`)]);
  });

  test('finds that each alarm rings when it should, and says what it should', () => {
    expect(promtool('test', 'rules', 'rules/alarms.test.yml')).toMatchObject({ status: 0 });
  });
});

test('each alarm has a case in which it rings, and one in which it does not', () => {
  expect(names.length).toBeGreaterThan(15);
  const told = [...cases.matchAll(/alertname: (\w+)\n +exp_alerts:( \[\])?/g)].map(
    ([, name, none]) => `${name}${none ?? ''}`,
  );
  expect(told.sort()).toEqual(names.flatMap((name) => [name, `${name} []`]).sort());
});

test('each alarm has a section of the operations page, which its link leads to, and each section an alarm', async () => {
  const page = await readPage('docs/operations.md');
  const sections = [...page.matchAll(/^### (Ringcache\w+)$/gm)].map(([, name]) => name!);
  expect(sections).toEqual(names);
  const links = [...alarms.matchAll(/runbook_url: docs\/operations\.md#(\S+)$/gm)].map(([, id]) => id!);
  expect(links).toEqual(names.map((name) => name.toLowerCase()));
  expect(headingIds(page)).toEqual(expect.arrayContaining(links));
});

test('each section says what its alarm means, what to look at, and what to do', async () => {
  const page = await readPage('docs/operations.md');
  for (const name of names) {
    const section = page.split(`### ${name}\n`)[1]!.split(/^##/m)[0]!;
    const parts = [...section.matchAll(/^- \*\*([^*]+)\*\*/gm)].map(([, part]) => part);
    expect([name, ...parts]).toEqual([name, 'It means', 'Look at', expect.stringMatching(/^Do( not)?$/)]);
  }
});

test('alarms, dashboard and operations page name no metric that is not on the page of metrics', async () => {
  const known = new Set((await readPage('docs/metrics.md')).match(/(?<=`)[a-z]+_[a-z0-9_]+(?=`)/g));
  const rules = [
    ...(alarms + recorded).matchAll(/^ +expr: (?:\|\n)?((?:.*\n)+?)(?= +(?:for|labels|- record|#)|\n|$)/gm),
  ].map(([, expr]) => expr!);
  expect(rules.length).toBeGreaterThan(names.length);
  const expressions = [
    ...rules,
    ...queriesOf(await readDashboard()).map(({ expr }) => expr),
    await readPage('docs/operations.md'),
  ];
  const used = expressions.flatMap((expr) => expr.match(/(?<![:\w.-])(?:ringcache|process|nodejs)_[a-z0-9_]+/g) ?? []);
  expect(used.length).toBeGreaterThan(100);
  const bare = used.map((name) => (known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')));
  expect([...new Set(bare)].filter((name) => !known.has(name))).toEqual([]);
});
