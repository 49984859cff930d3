import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';

import { catchMutant, recordedSeeds, recordSeeds } from './mutant-run.js';
import { MUTANTS } from './mutants.js';
import { type Cost, measure, OUTAGES } from './outages.js';
import { drawScenario, type Scenario } from './scenario.js';
import { shrink } from './shrink.js';
import { run } from './world.js';

interface Flags {
  seeds: number;
  seed: number;
  jobs: number;
  json?: string;
  trace: boolean;
  stop: boolean;
  shrink: boolean;
}

/** Of one seed, as a worker reports it. */
interface Report {
  seed: number;
  counts: Record<string, number>;
  violation?: { check: string; text: string };
}

const SHRINK_RUNS = 400;
const MAX_SHOWN = 5; // failing seeds that are told of in full
const REPORT_EVERY_MS = 2_000;

const program = new Command('sim')
  .description('Simulates whole clusters under faults, each run determined by its seed, and checks what is promised.')
  .option('--seeds <n>', 'how many seeds to run', whole, 1)
  .option('--seed <n>', 'the first seed; alone: replay this one', whole, 1)
  .option('--jobs <n>', 'processes', whole, availableParallelism())
  .option('--json <file>', 'write the totals there')
  .option('--trace', 'tell every step of a single seed', false)
  .option('--stop', 'end with the first failing seed', false)
  .option('--no-shrink', 'show a failing seed as it is, not its shortest form')
  .action((flags: Flags) => (isWorker() ? work(flags) : flags.seeds === 1 ? replay(flags) : runAll(flags)));

program
  .command('mutants')
  .description('Plants known bugs in copies of the code, one at a time, and prints what catches each, as a table.')
  .argument('[names...]', 'which; default: all')
  .action(mutants);

program
  .command('outages')
  .description(
    'Measures what outages cost, and prints it as a table: medians of so many runs each, and the most in parentheses.',
  )
  .option('--runs <n>', 'runs of each', whole, 9)
  .action(outages);

await program.parseAsync();

function whole(text: string): number {
  const n = Number(text);
  if (Number.isSafeInteger(n) && n >= 0) return n;
  throw new InvalidArgumentError('must be a whole number.');
}

function isWorker(): boolean {
  return process.send !== undefined;
}

/** Searches for each anew, as many at a time as there are cores, and records the seeds. */
async function outages({ runs }: { runs: number }): Promise<void> {
  console.log('| outage | gets that failed | keys lost | writes less than `all`, for |');
  console.log('|---|---|---|---|');
  for (const outage of OUTAGES) {
    const costs: Cost[] = [];
    for (let seed = 1; seed <= runs; seed++) costs.push(await measure(outage, seed));
    const of = (field: keyof Cost, told: (n: number) => string = String) => {
      const sorted = costs.map((cost) => cost[field]).sort((a, b) => a - b);
      const [median, most] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
      return most === median ? told(median) : `${told(median)} (${told(most)})`;
    };
    const both = (others: keyof Cost, its: keyof Cost, told?: (n: number) => string) =>
      `others' ${of(others, told)}, its ${of(its, told)}`;
    const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
    const cells = [
      both('failedGets', 'failedGetsOfSufferer'),
      both('lost', 'lostOfSufferer'),
      both('partialForMs', 'unwrittenForMs', seconds),
    ];
    const broken = costs.reduce((sum, { violations }) => sum + violations, 0);
    console.log(`| ${outage.name} | ${cells.join(' | ')} |${broken > 0 ? ` ${broken} promises broken` : ''}`);
  }
}

async function mutants(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !MUTANTS.some((mutant) => mutant.name === name));
  if (unknown.length > 0) throw new InvalidArgumentError(`no mutant is named ${unknown.join(', ')}`);
  const chosen = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const rows = new Map<string, string>();
  const left = [...chosen];
  const search = async () => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const { isCaught, seed, output } = await catchMutant(mutant);
      const by = mutant.test === undefined ? `seed ${seed} of the simulation` : `\`${basename(mutant.test)}\``;
      rows.set(mutant.name, `| ${mutant.name} | ${mutant.breaks} | ${isCaught ? by : pc.red('nothing')} |`);
      console.error(`${rows.size} of ${chosen.length}: ${mutant.name}: ${isCaught ? by : pc.red('nothing')}`);
      const { [mutant.name]: _, ...others } = recordedSeeds();
      recordSeeds(seed === undefined ? others : { ...others, [mutant.name]: seed });
      if (isCaught) continue;
      process.exitCode = 1;
      console.error(output.slice(-500));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, search));
  console.log('| planted | breaks | caught by |\n|---|---|---|');
  for (const { name } of chosen) console.log(rows.get(name));
}

/** Runs every jobs-th seed, and reports each to the parent. */
async function work({ seed, seeds, jobs }: Flags): Promise<void> {
  process.on('disconnect', () => process.exit());
  for (let at = seed; at < seed + seeds; at += jobs) {
    const { violations, counts } = await run(drawScenario(at));
    const report: Report = { seed: at, counts: { ...counts } };
    const [first] = violations;
    if (first !== undefined) report.violation = { check: first.check, text: first.text };
    process.send!(report);
  }
  process.disconnect();
}

async function runAll(flags: Flags): Promise<void> {
  const { seeds, seed, jobs, json, stop } = flags;
  const startedAt = performance.now();
  const totals: Record<string, number> = {};
  const failed: Report[] = [];
  let done = 0;
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  const timer = setInterval(
    () => console.error(`${done} of ${seeds} seeds, ${failed.length} failed, ${seconds()} s`),
    REPORT_EVERY_MS,
  );
  const workers = Array.from({ length: Math.min(jobs, seeds) }, (_, i) =>
    fork(fileURLToPath(import.meta.url), ['--seed', `${seed + i}`, '--seeds', `${seeds - i}`, '--jobs', `${jobs}`]),
  );
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          worker.on('message', (report: Report) => {
            done++;
            for (const [name, count] of Object.entries(report.counts)) totals[name] = (totals[name] ?? 0) + count;
            if (report.violation === undefined) return;
            failed.push(report);
            console.error(pc.red(`seed ${report.seed}: ${report.violation.check}`));
            if (stop) for (const each of workers) each.disconnect();
          });
          worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
        }),
    ),
  );
  clearInterval(timer);
  failed.sort((a, b) => a.seed - b.seed);
  console.log(`${done} seeds from ${seed} in ${seconds()} s: ${failed.length} failed`);
  for (const [name, count] of Object.entries(totals)) console.log(`${String(count).padStart(12)}  ${name}`);
  if (json !== undefined) {
    writeFileSync(json, JSON.stringify({ seeds: done, first: seed, seconds: seconds(), failed, totals }, null, 2));
  }
  for (const { seed: at, violation } of failed.slice(0, MAX_SHOWN)) {
    console.log(`\n${pc.red(`seed ${at}`)}: ${violation!.check}: ${violation!.text}`);
    await show(await shortest(drawScenario(at), violation!.check, flags));
  }
  if (failed.length > 0) console.log(`\nReplay with: pnpm sim --seed ${failed[0]!.seed} --trace`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

async function replay(flags: Flags): Promise<void> {
  const scenario = drawScenario(flags.seed);
  const { violations, counts, story } = await run(scenario, { tells: flags.trace });
  if (flags.trace) console.log(story.join('\n'));
  for (const { check, text } of violations) console.log(pc.red(`${check}: ${text}`));
  console.log(`seed ${flags.seed}: ${violations.length} violations`, counts);
  if (violations.length === 0) return;
  process.exitCode = 1;
  if (!flags.trace) await show(await shortest(scenario, violations[0]!.check, flags));
}

async function shortest(scenario: Scenario, check: string, flags: Flags): Promise<Scenario> {
  if (!flags.shrink) return scenario;
  const fails = async (shorter: Scenario) =>
    (await run(shorter)).violations.some((violation) => violation.check === check);
  return shrink(scenario, { fails, maxRuns: SHRINK_RUNS });
}

async function show(scenario: Scenario): Promise<void> {
  const { story } = await run(scenario);
  console.log(`${scenario.nodes} nodes, ${scenario.steps.length} steps:`);
  for (const line of story) console.log(line);
}
