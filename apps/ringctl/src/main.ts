#!/usr/bin/env node
import type { LogLevel } from '@ringcache/cache-core';
import { ConfigError } from '@ringcache/config';
import { Argument, Command, Option } from 'commander';

import { countArgument, durationArgument } from './arguments.js';
import { completionFor, SHELLS, type Shell } from './commands/completion.js';
import { printConfig, reloadConfig } from './commands/config.js';
import { drain } from './commands/drain.js';
import { flights } from './commands/flights.js';
import { hotKeys } from './commands/hot-keys.js';
import { inspect } from './commands/inspect.js';
import { get, remove, set } from './commands/keys.js';
import { LOG_LEVELS, logLevel } from './commands/log-level.js';
import { members } from './commands/members.js';
import { owner } from './commands/owner.js';
import { purge } from './commands/purge.js';
import { ring } from './commands/ring.js';
import { stats } from './commands/stats.js';
import { top } from './commands/top.js';
import { type ConfigFlags, ENVIRONMENT, readConfig } from './config.js';
import { EXIT, EXIT_HELP, type ExitCode, exitCodeOf } from './exit-codes.js';
import { interrupted, lookAgain } from './look-again.js';
import { type Output, outputFor } from './output.js';
import { oneLine, Session } from './session.js';

const MEMBER_FLAG = ['--member <id>', 'this one only; default: every member of the ring'] as const;
const interval = durationArgument({ min: '100ms', max: '1h' });

const environment = Object.entries(ENVIRONMENT).map(([name, path]) => `  ${name.padEnd(20)}${path}`);

const program = new Command('ringctl')
  .description('Asks the members of a ring of caches what they do, and tells them what to do.')
  .showHelpAfterError('(--help shows how)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.badUse))
  .addHelpText(
    'after',
    `
Every command takes --endpoints, --token, --timeout, --output and the like: see \`ringctl members --help\`.
The first endpoint that answers says who the members are; what is asked of all is asked of each of them.

Environment (flags go before it):
${environment.join('\n')}
${EXIT_HELP}

Examples:
  $ ringctl members
  $ ringctl --help
  $ ringctl stats --watch
  $ ringctl get scores Tom --endpoints cache-1:9999,cache-2:9999
  $ ringctl members -o json --endpoints https://cache-1:8081 --ca ca.pem --token-file token`,
  );

command(program, 'members', 'who is in the ring, and how each member is').action((flags: ConfigFlags) =>
  run(flags, (session, output) => members(session, output)),
);

command(program, 'ring', 'what part of the keys each member has, and whether all see the same ring').action(
  (flags: ConfigFlags) => run(flags, (session, output) => ring(session, output)),
);

command(program, 'owner', 'whose a key is')
  .argument('<key>')
  .action((key: string, flags: ConfigFlags) => run(flags, (session, output) => owner(session, key, output)));

command(program, 'get', 'print a value, as it is unless to a terminal')
  .argument('<group>')
  .argument('<key>')
  .action((group: string, key: string, flags: ConfigFlags) =>
    run(flags, (session, output) => get(session, group, key, output)),
  );

command(program, 'set', 'write a value')
  .argument('<group>')
  .argument('<key>')
  .argument('<value>', '-: standard input, all of it')
  .addOption(
    new Option('--ttl <duration>', "how long it lives, such as 30s; default: the group's").argParser(
      durationArgument({ min: '1ms' }),
    ),
  )
  .action((group: string, key: string, value: string, flags: ConfigFlags & { ttl?: number }) =>
    run(flags, (session, output) => set(session, group, key, value, { ttlMs: flags.ttl }, output)),
  );

command(program, 'delete', 'delete a key, on every member')
  .argument('<group>')
  .argument('<key>')
  .action((group: string, key: string, flags: ConfigFlags) =>
    run(flags, (session, output) => remove(session, group, key, output)),
  );

command(program, 'inspect', 'whose a key is, and what every member holds of it; loads nothing')
  .argument('<group>')
  .argument('<key>')
  .action((group: string, key: string, flags: ConfigFlags) =>
    run(flags, (session, output) => inspect(session, group, key, output)),
  );

command(program, 'stats', 'what the groups have counted since the members were started')
  .option('--group <name>', 'this one only')
  .option('--by-member', 'a row for each member')
  .option('--watch', 'again and again, until Ctrl-C')
  .addOption(new Option('--interval <duration>', 'between two looks; default: 2s').argParser(interval))
  .action((flags: ConfigFlags & { group?: string; byMember?: boolean; watch?: boolean; interval?: number }) => {
    const options = { group: flags.group, byMember: flags.byMember ?? false };
    return run(flags, (session, output) => {
      const look = () => stats(session, options, output);
      if (flags.watch !== true) return look();
      return lookAgain(session, flags.interval ?? 2_000, interrupted().signal, look);
    });
  });

command(program, 'top', 'a live view of members and groups, until q; where there is no terminal, printed once')
  .addOption(new Option('--interval <duration>', 'between two looks; default: 1s').argParser(interval))
  .action((flags: ConfigFlags & { interval?: number }) =>
    run(flags, (session, output) => top(session, flags.interval ?? 1_000, output)),
  );

command(program, 'hot-keys', 'what members are asked for most of late')
  .argument('<group>')
  .addOption(new Option('--limit <n>', 'at most so many; default: 20').argParser(countArgument(1, 1_000)))
  .option(...MEMBER_FLAG)
  .action((group: string, flags: ConfigFlags & { limit?: number; member?: string }) =>
    run(flags, (session, output) =>
      hotKeys(session, group, { limit: flags.limit ?? 20, member: flags.member }, output),
    ),
  );

command(program, 'flights', 'loads and fetches in progress, the oldest first')
  .option(...MEMBER_FLAG)
  .action((flags: ConfigFlags & { member?: string }) =>
    run(flags, (session, output) => flights(session, flags.member, output)),
  );

command(program, 'drain', 'have a member leave the ring and end, as with SIGTERM')
  .argument('<member>', 'its id, or one of its addresses')
  .option('-y, --yes', 'do not ask')
  .action((member: string, flags: ConfigFlags & { yes?: boolean }) =>
    run(flags, (session, output) => drain(session, member, flags.yes ?? false, output)),
  );

command(program, 'log-level', 'how much members log, or have them log as much, until they are restarted')
  .addArgument(new Argument('[level]').choices(LOG_LEVELS))
  .option(...MEMBER_FLAG)
  .action((level: LogLevel | undefined, flags: ConfigFlags & { member?: string }) =>
    run(flags, (session, output) => logLevel(session, level, flags.member, output)),
  );

command(program, 'purge', 'delete every key of a group, on every member')
  .argument('<group>')
  .option('-y, --yes', 'do not ask')
  .action((group: string, flags: ConfigFlags & { yes?: boolean }) =>
    run(flags, (session, output) => purge(session, group, flags.yes ?? false, output)),
  );

const config = program.command('config').description('what members are configured with');
command(config, 'print', 'what is in force at a member, as YAML, secrets as ***')
  .option('--member <id>', 'default: the one that answers first')
  .action((flags: ConfigFlags & { member?: string }) =>
    run(flags, (session, output) => printConfig(session, flags.member, output)),
  );
command(config, 'check', 'what a reload would apply, and what needs a restart; changes nothing')
  .option(...MEMBER_FLAG)
  .addHelpText(
    'after',
    '\nA member checks the file, environment and flags that it has where it runs. For a file elsewhere, such as before it is\nrolled out, there is `ringcache-node config check --config FILE`, which needs no running member.',
  )
  .action((flags: ConfigFlags & { member?: string }) =>
    run(flags, (session, output) => reloadConfig(session, { member: flags.member, dryRun: true }, output)),
  );
command(config, 'reload', 'have members read their configuration again, as with SIGHUP, and apply what can change')
  .option(...MEMBER_FLAG)
  .action((flags: ConfigFlags & { member?: string }) =>
    run(flags, (session, output) => reloadConfig(session, { member: flags.member, dryRun: false }, output)),
  );

program
  .command('completion')
  .description('print a completion script')
  .addArgument(new Argument('<shell>').choices(SHELLS))
  .addHelpText('after', '\nExample:\n  $ source <(ringctl completion bash)')
  .action((shell: Shell) => void process.stdout.write(completionFor(shell, program)));

process.stdout.on('error', () => process.exit()); // whoever read the output, such as `head`, has had enough
// `pnpm ringctl -- members` hands the `--` on; it is meant for pnpm.
await program.parseAsync(process.argv.filter((argument, i) => !(i === 2 && argument === '--')));
// A connection that hangs would keep the process; what was printed has to be out first, also into a pipe.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--endpoints <list>', 'members to ask, the first that answers: host:port, or grpcs://, http://, https:// …')
    .option('--token <token>', 'shown to members; better in RINGCTL_TOKEN, or a file: others see flags')
    .option('--token-file <file>', 'a file that holds it')
    .option('--ca <file>', 'speak TLS, and trust the authorities in this PEM file')
    .option('--cert <file>', 'speak TLS, and show this certificate')
    .option('--key <file>', 'its key')
    .addOption(new Option('-o, --output <format>', 'default: table').choices(['table', 'json', 'yaml']))
    .option('--timeout <duration>', 'for all of it, or for each look; default: 5s')
    .addHelpText('after', EXIT_HELP);
}

async function run(flags: ConfigFlags, work: (session: Session, output: Output) => Promise<ExitCode>): Promise<void> {
  // Clients' timers keep no process alive, and while it waits for an answer there may be nothing else.
  const alive = setInterval(() => {}, 60_000);
  let session: Session | undefined;
  try {
    const settings = readConfig(flags);
    session = new Session(settings);
    process.exitCode = await work(session, outputFor(settings.output));
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(`${error instanceof ConfigError ? message : oneLine(message)}\n`);
    process.exitCode = exitCodeOf(error);
  } finally {
    clearInterval(alive);
    void session?.close(); // not waited for: a connection that hangs would hold the program up
  }
}
