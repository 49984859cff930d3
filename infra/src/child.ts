// A server process that lives no longer than the process that started it.
//
// Exit handlers run on neither SIGKILL nor a crash, and PR_SET_PDEATHSIG is Linux alone and is lost when the user
// changes. So each server gets a guard: a shell that reads from a pipe whose other end only we hold. However we end,
// the kernel closes the pipe, the guard wakes up, kills the server, and removes its data if that was temporary.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  /** User and group to run as; our own by default. */
  readonly as?: { readonly uid: number; readonly gid: number } | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Gets each line the process prints, to either stream; `inherit`: it prints to our own streams. */
  readonly log?: ((line: string) => void) | 'inherit' | undefined;
  /** What the guard sends when we die. SIGKILL by default; a PostgreSQL wants SIGQUIT, to take its workers along. */
  readonly guardSignal?: 'KILL' | 'QUIT' | undefined;
  /** A folder the guard removes when we die. */
  readonly removeWithUs?: string | undefined;
}

// Until the guard is there the process must not be: it begins as a shell that waits for our word, or ends if we do.
const STARTER = 'read -r _ && exec "$@" </dev/null';
// It waits half a second at most: where process 1 adopts no orphans (a container, often) the dead stay visible for
// ever.
const GUARD = `read -r _; kill -s "$1" -- "-$2"
for _ in 1 2 3 4 5; do kill -s 0 -- "-$2" 2>/dev/null || break; sleep 0.1; done
[ -z "$3" ] || rm -rf "$3"`;
/** Last lines of output kept, to tell why a process ended. */
const KEPT_LINES = 20;

export class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #lastLines: string[] = [];

  /** Starts the process; it may still end at once, which `exited` and `running` tell. */
  constructor(options: ChildOptions) {
    const { log } = options;
    const output = log === 'inherit' ? 'inherit' : 'pipe';
    // A process group of its own, so that a Ctrl-C in the terminal reaches us alone, and we end things in order.
    const spawnOptions: SpawnOptions = { stdio: ['pipe', output, output], detached: true, ...options.as };
    if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
    if (options.env !== undefined) spawnOptions.env = options.env;
    this.#process = spawn('sh', ['-c', STARTER, 'sh', options.command, ...options.args], spawnOptions);
    this.#process.once('exit', () => this.#killGroup()); // what it left behind would hold its ports and our pipes
    this.#exited = once(this.#process, 'close').then(() => undefined);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream === null || log === 'inherit') continue;
      createInterface(stream).on('line', (line) => {
        this.#keep(line);
        log?.(line);
      });
    }
    const guard = startGuard(this.pid, options);
    this.#process.once('exit', () => guard.kill('SIGKILL')); // before the pid can come to mean another process
    this.#process.stdin!.on('error', () => {}); // it was killed before it could begin
    this.#process.stdin!.end('go\n');
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Null while it runs, and if a signal ended it; 126 or 127: it could not be started, and `lastLines` says why. */
  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  /** Resolves when the process has ended and its output has been read. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** The end of what it printed, if it did not print to our own streams. */
  get lastLines(): string {
    return this.#lastLines.join('\n');
  }

  /** Sends the signal and waits for the end; for signals that end nothing (SIGSTOP, SIGCONT) it does not wait. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.running) this.#signal(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await this.#exited;
  }

  /** Asks the process to end with `signal`, and kills it if it has not after `patienceMs`. */
  async end(signal: NodeJS.Signals, patienceMs: number): Promise<void> {
    const timer = setTimeout(() => void this.kill('SIGKILL'), patienceMs);
    await this.kill(signal).finally(() => clearTimeout(timer));
  }

  #signal(signal: NodeJS.Signals): void {
    // Other signals go to the process alone, whose children hear from it; one that is killed can tell them nothing.
    if (signal === 'SIGKILL') this.#killGroup();
    else this.#process.kill(signal);
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // there is nothing left of it
    }
  }

  #keep(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
  }
}

/** Detached: a Ctrl-C in the terminal must not take the guard before the process it guards. */
function startGuard(pid: number, options: ChildOptions): ChildProcess {
  const args = ['-c', GUARD, 'guard', options.guardSignal ?? 'KILL', String(pid), options.removeWithUs ?? ''];
  const shell = spawn('sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.stdin!.on('error', () => {}); // the guard is killed when its process has ended
  shell.unref();
  return shell;
}
