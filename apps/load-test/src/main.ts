#!/usr/bin/env node
import { ConfigError } from '@ringcache/config';
import { Command, Option } from 'commander';

import { bench } from './bench.js';
import { type LoadTestConfig, readConfig } from './config.js';
import { loop } from './loop.js';
import { single } from './single.js';

const BAD_USE = 2;

type Flags = Record<string, unknown>;

const program = new Command('load-test')
  .description('Asks a ring of caches: once, in a loop, or as fast as it can.')
  .showHelpAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_USE));

command('single <key>', 'ask for one key; prints its value, who served it, and whether it was a hit')
  .addHelpText(
    'after',
    '\nExamples:\n  $ pnpm --filter load-test single 张三\n  $ pnpm --filter load-test single 张三 --json',
  )
  .action((key: string, flags: Flags) => run(flags, {}, (config) => single(key, config)));

command(
  'loop',
  'ask for known and unknown names without end, a line each; Ctrl-C prints counts, hit ratio and latencies',
)
  .option('--count <n>', 'stop after so many', Number)
  .option('--interval <duration>', 'pause between two, such as 200ms')
  .addHelpText('after', '\nExample:\n  $ pnpm --filter load-test loop --interval 50ms')
  .action((flags: Flags) =>
    run(flags, { 'loop.count': flags.count, 'loop.interval': flags.interval }, (config) => loop(config, interrupted())),
  );

command('bench', 'measure throughput and latency')
  .option('--duration <duration>', 'how long, such as 10s')
  .option('--concurrency <n>', 'callers that each ask again when answered', Number)
  .option('--rate <n>', 'requests a second at set times, in place of callers (open loop)', Number)
  .option('--keys <n>', 'ask for the keys 0 to n - 1', Number)
  .addOption(new Option('--distribution <name>', 'how often each').choices(['zipf', 'uniform']))
  .addHelpText(
    'after',
    '\nExamples:\n  $ pnpm --filter load-test bench --duration 10s --concurrency 64\n  $ pnpm --filter load-test bench --rate 5000',
  )
  .action((flags: Flags) => {
    const { duration, concurrency, rate, keys, distribution } = flags;
    const given = { duration, concurrency, rate, keys, distribution };
    const named = Object.fromEntries(Object.entries(given).map(([name, value]) => [`bench.${name}`, value]));
    return run(flags, named, (config) => bench(config, interrupted()));
  });

await program.parseAsync(process.argv.filter((argument, i) => !(i === 3 && argument === '--')));

function command(usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .option('--group <name>', 'default: scores')
    .option('--etcd <hosts>', 'etcd members to find the nodes through, comma-separated (environment: ETCD_HOSTS)')
    .option('--cluster <name>', 'default: dev')
    .option('--nodes <addresses>', 'or: nodes to ask who the members are, host:port, comma-separated')
    .addOption(new Option('--transport <name>').choices(['grpc', 'http']))
    .addOption(
      new Option('--balancing <name>', 'whom to ask').choices(['owner', 'round-robin', 'random', 'least-loaded']),
    )
    .option('--tls-ca <file>', 'speak TLS to nodes, and trust the authorities in this PEM file')
    .option('--tls-cert <file>', 'show this certificate to nodes')
    .option('--tls-key <file>', 'its key')
    .addHelpText('after', '\nEnvironment: RINGCACHE_TOKEN is shown to nodes that ask for a token.')
    .option('--timeout <duration>', 'how long a request may take, such as 5s')
    .option('--tracing-endpoint <url>', 'send traces to this collector, such as http://localhost:4318 (OTLP over HTTP)')
    .option('--tracing-sample-ratio <ratio>', 'part of the requests that are traced, 0 to 1; default: 0.01')
    .option('--json', 'print JSON, an object a line');
}

async function run(flags: Flags, own: Flags, act: (config: LoadTestConfig) => Promise<number>): Promise<void> {
  const { group, etcd, cluster, nodes, transport, balancing, timeout, json, tlsCa, tlsCert, tlsKey } = flags;
  const { tracingEndpoint, tracingSampleRatio } = flags;
  try {
    const config = readConfig({
      group,
      'discovery.hosts': etcd,
      'discovery.cluster': cluster,
      nodes,
      transport,
      balancing,
      'tls.ca': tlsCa,
      'tls.cert': tlsCert,
      'tls.key': tlsKey,
      timeout,
      json,
      'tracing.endpoint': tracingEndpoint,
      'tracing.sampleRatio': tracingSampleRatio,
      ...own,
    });
    // The client's own timers keep no process alive, and while it looks for members there may be nothing else.
    const alive = setInterval(() => {}, 60_000);
    process.exitCode = await act(config).finally(() => clearInterval(alive));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = error instanceof ConfigError ? BAD_USE : 1;
  }
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
