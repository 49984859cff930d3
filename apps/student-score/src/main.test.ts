import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePort, type Postgres, startPostgres } from '@ringcache/infra';
import { commandOf } from '@ringcache/infra/testing/built';
import { origin } from '@ringcache/proto';

jest.setTimeout(120_000);

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

/** The program as it is started by hand. */
class Program {
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<unknown>; // it has ended, and all its output has been read
  #isClosed = false;
  output = '';

  constructor(args: string[], env: NodeJS.ProcessEnv = {}) {
    const [node, main] = commandOf('student-score') as [string, string];
    const { PATH, HOME } = process.env;
    this.#process = spawn(node, [main, ...args], {
      cwd: ROOT,
      env: { PATH, HOME, LOG_FORMAT: 'json', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#process, 'close').then(() => {
      this.#isClosed = true;
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.#process.emit('output');
      });
    }
  }

  /** Until the output has `text`; rejects if the program ends before. */
  async said(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#isClosed) throw new Error(`ended without saying ${text}:\n${this.output}`);
      await Promise.race([once(this.#process, 'output'), this.#closed]);
    }
  }

  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#process.exitCode;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

const programs: Program[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL');
});

function start(args: string[], env: NodeJS.ProcessEnv = {}): Program {
  const program = new Program(args, env);
  programs.push(program);
  return program;
}

async function scoreOf(name: string, port: number): Promise<string> {
  const client = new origin.OriginClient(`localhost:${port}`, credentials.createInsecure());
  const value = await new Promise<Uint8Array>((resolve, reject) => {
    client.load({ group: 'scores', key: name }, (error, answer) => (error ? reject(error) : resolve(answer.value)));
  });
  client.close();
  return Buffer.from(value).toString();
}

describe('the program', () => {
  test('serves and ends with 0 when it is told to; a second one names the port that is taken and ends with 1', async () => {
    const port = await freePort();
    const first = start(['--listen', `localhost:${port}`], { DATABASE_URL: postgres.url });
    await first.said('serving gRPC');
    expect(first.output).toContain('migration applied');
    expect(await scoreOf('张三', port)).toBe('100');

    const second = start([], { DATABASE_URL: postgres.url, STUDENT_SCORE_LISTEN: `127.0.0.1:${port}` });
    const taken = `port ${port} on 127.0.0.1 is taken by another process: stop that one, or choose another port`;
    expect([await second.ended(), second.output]).toEqual([1, expect.stringContaining(taken)]);

    first.kill('SIGTERM');
    expect(await first.ended()).toBe(0);
  });

  test('says that it waits for the database, and can be stopped meanwhile', async () => {
    const program = start([], { DATABASE_URL: 'postgres://127.0.0.1:1/x' });
    await program.said('waiting for the database at 127.0.0.1:1/x');
    program.kill('SIGINT');
    expect(await program.ended()).toBe(0);
  });

  test('ends with 2 and one line where its configuration is wrong; its help needs none', async () => {
    const [wrong, help] = [start(['--listen', 'nowhere'], { DATABASE_URL: postgres.url }), start(['--help'])];
    expect([await wrong.ended(), wrong.output]).toEqual([2, expect.stringMatching(/^.*listen: .*\n$/)]);
    expect([await help.ended(), help.output]).toEqual([0, expect.stringContaining('DATABASE_URL')]);
  });
});
