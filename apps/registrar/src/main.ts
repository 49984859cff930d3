#!/usr/bin/env node
import type { Directory, Discovery } from '@ringcache/discovery';
import { Command } from 'commander';
import { ENVIRONMENT, type RegistrarConfig, readConfig } from './config.js';
import { deleteMembers } from './delete.js';
import { get } from './get.js';
import { list } from './list.js';
import { type Output, outputFor } from './output.js';
import { put } from './put.js';
import { watch } from './watch.js';
import { EXIT_BAD_USE, report, soon, withDirectory } from './with-directory.js';

interface Flags {
  readonly config?: string;
  readonly etcd?: string;
  readonly cluster?: string;
  readonly json?: boolean;
  readonly grpc?: string;
  readonly http?: string;
  readonly weight?: string;
  readonly ttl?: string;
  readonly force?: boolean;
  readonly all?: boolean;
  readonly yes?: boolean;
}

type Work = (directory: Discovery & Directory, config: RegistrarConfig, output: Output) => Promise<number>;

const program = new Command('registrar')
  .description('Reads and writes the list of members in etcd.')
  .showHelpAfterError('(--help shows how)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_BAD_USE));

command('put [id]', 'write the configured members, or one: the configured one of that id, or a new one')
  .option('--grpc <host:port>', 'where it serves gRPC')
  .option('--http <host:port>', 'where it serves HTTP')
  .option('--weight <number>', 'its share of the keys against the others; default 1')
  .option('--ttl <duration>', 'it goes by itself after that, such as 30s; by default it stays until deleted')
  .option('--force', 'write over members that are live, and members that nobody can reach')
  .addHelpText('after', examples('put', 'put --ttl 30s', 'put cache-4:9999 --grpc cache-4:9999 --http cache-4:8080'))
  .action((id: string | undefined, flags: Flags) => {
    const { grpc, http, weight, force = false } = flags;
    const isNew = grpc !== undefined || http !== undefined || weight !== undefined;
    const member = isNew ? { 'member.id': id ?? '', ...named('member', { grpc, http, weight }) } : {};
    return run(flags, member, (directory, config, output) => put(directory, config, { id, force }, output));
  });

command('get <id>', 'show one member')
  .addHelpText('after', examples('get localhost:9999', 'get localhost:9999 --json'))
  .action((id: string, flags: Flags) =>
    run(flags, {}, (directory, { discovery }, output) => soon(get(directory, id, discovery.cluster, output))),
  );

command('list', 'show all members')
  .addHelpText('after', examples('list', 'list --cluster staging --etcd http://10.0.0.5:2379 --json'))
  .action((flags: Flags) =>
    run(flags, {}, (directory, { discovery }, output) => soon(list(directory, discovery.cluster, output))),
  );

command('delete [ids...]', 'delete members; one that runs puts itself back: stop it instead')
  .option('--all', 'every member of the cluster')
  .option('-y, --yes', 'do not ask before --all')
  .addHelpText('after', examples('delete localhost:10001', 'delete --all --yes'))
  .action((ids: string[], flags: Flags) => {
    const { all = false, yes = false } = flags;
    return run(flags, {}, (directory, { discovery }, output) =>
      deleteMembers(directory, discovery.cluster, { ids, all, yes }, output),
    );
  });

command('watch', 'print a line for each member that joins, leaves or changes, until Ctrl-C')
  .addHelpText('after', examples('watch', 'watch --json'))
  .action((flags: Flags) => run(flags, {}, (directory, _, output) => watch(directory, interrupted(), output)));

process.stdout.on('error', () => process.exit()); // whoever read the output, such as `head`, has had enough
// `pnpm registrar put -- --json` hands the `--` on; it is meant for pnpm.
await program.parseAsync(process.argv.filter((argument, i) => !(i === 3 && argument === '--')));
// A connection that hangs would keep the process for seconds; what was printed has to be out first, also into a pipe.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));

function command(usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .option('-c, --config <file>', 'YAML file; default: the one of the development cluster')
    .option('--etcd <hosts>', 'comma-separated')
    .option('--cluster <name>', 'whose members')
    .option('--json', 'print JSON');
}

function examples(...lines: string[]): string {
  const environment = Object.entries(ENVIRONMENT).map(([name, path]) => `  ${name.padEnd(20)}${path}`);
  return [
    '',
    'Flags go before the environment, the environment before the file.',
    '',
    'Environment:',
    ...environment,
    '',
    'Examples:',
    ...lines.map((line) => `  $ pnpm registrar ${line}`),
  ].join('\n');
}

async function run(flags: Flags, more: Record<string, unknown>, work: Work): Promise<void> {
  const output = outputFor({ json: flags.json ?? false });
  try {
    const { etcd, cluster, ttl } = flags;
    const config = readConfig(flags.config, { ...named('discovery', { hosts: etcd, cluster }), ttl, ...more });
    process.exitCode = await withDirectory(config, (directory) => work(directory, config, output));
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** The values under dotted paths, as the configuration takes them. */
function named(prefix: string, values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** Aborted by the first Ctrl-C or SIGTERM; a second ends the process at once. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return controller.signal;
}
