import { execa } from 'execa';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Gets each line the command prints. */
  readonly log?: ((line: string) => void) | undefined;
  /** Ends the command. 5 minutes by default, which downloads need on a slow line. */
  readonly timeoutMs?: number;
}

/**
 * Runs a command to its end.
 * @returns what it printed to stdout.
 * @throws {Error} with the end of its output if it fails, is not there, or takes too long.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { env, cwd, log, timeoutMs = 300_000 } = options;
  const running = execa(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    extendEnv: false,
    timeout: timeoutMs,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  if (log !== undefined) for await (const line of running.iterable({ from: 'all' })) log(line);
  const result = await running;
  if (!result.failed) return result.stdout;
  const reason = result.timedOut ? `took over ${timeoutMs} ms` : (result.all.trim().split('\n').at(-1) ?? '');
  throw new Error(`${command} ${args[0] ?? ''}: ${reason === '' ? result.shortMessage : reason}`);
}
