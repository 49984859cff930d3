// `pnpm check:generated`: generates all code and pages anew, in place, and fails if that changed a file: then either a .proto
// or a schema was changed and what is made from it was not, or that was edited by hand.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What pnpm is told to run, and the folder or file that it writes. */
const GENERATORS = [
  { args: ['--filter', '@ringcache/proto', 'run', 'generate'], output: 'proto/gen' },
  { args: ['--filter', '@ringcache/student-score', 'run', 'generate'], output: 'apps/student-score/src/gen' },
  { args: ['run', 'generate:configuration'], output: 'docs/configuration.md' },
  { args: ['run', 'generate:metrics'], output: 'docs/metrics.md' },
];

const outputs = GENERATORS.map(({ output }) => output);
const before = snapshot();
for (const { args } of GENERATORS) run('pnpm', args);
const after = snapshot();

const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
  (file) => before.get(file) !== after.get(file),
);
if (changed.length > 0) {
  console.error('generated files are not what their sources make; they are now, so commit these:');
  for (const file of changed.sort()) console.error(`  ${file}`);
  process.exit(1);
}
console.log(`generated files are up to date (${after.size} files)`);

/** Each generated file that git tracks or would, with a hash of its content. */
function snapshot(): Map<string, string> {
  const list = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...outputs]);
  const files = new Set(list.split('\0').filter((file) => file !== ''));
  return new Map([...files].flatMap((file) => hashOf(file)));
}

function hashOf(file: string): [string, string][] {
  try {
    return [
      [
        file,
        createHash('sha256')
          .update(readFileSync(`${ROOT}/${file}`))
          .digest('hex'),
      ],
    ];
  } catch {
    return []; // tracked and deleted
  }
}

function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return result.stdout;
  console.error(`${result.stdout}${result.stderr}\n${command} ${args.join(' ')} failed`);
  return process.exit(1);
}
