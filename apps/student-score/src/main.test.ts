import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, type Postgres, startPostgres } from '@ringcache/infra';
import { origin } from '@ringcache/proto';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

/** The program as it is started by hand. */
class Program {
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  output = '';

  constructor(args: string[], env: NodeJS.ProcessEnv = {}) {
    const argv = ['--import', 'tsx', '--conditions=source', 'src/main.ts', ...args];
    const { PATH, HOME } = process.env;
    this.#process = spawn(process.execPath, argv, {
      cwd: ROOT,
      env: { PATH, HOME, LOG_FORMAT: 'json', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
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
      if (this.#process.exitCode !== null) throw new Error(`ended without saying ${text}:\n${this.output}`);
      await Promise.race([once(this.#process, 'output'), once(this.#process, 'close')]);
    }
  }

  async ended(): Promise<number | null> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'close');
    return this.#process.exitCode;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

let program: Program;
afterEach(() => program?.kill('SIGKILL'));

describe('the program', () => {
  test('serves, and ends with 0 when it is told to', async () => {
    const port = await freePort();
    program = new Program(['--listen', `localhost:${port}`], { DATABASE_URL: postgres.url });
    await program.said('serving gRPC');
    expect(program.output).toContain('migration applied');
    const client = new origin.OriginClient(`localhost:${port}`, credentials.createInsecure());
    const value = await new Promise<Uint8Array>((resolve, reject) => {
      client.load({ group: 'scores', key: '张三' }, (error, answer) => (error ? reject(error) : resolve(answer.value)));
    });
    expect(Buffer.from(value).toString()).toBe('100');
    client.close();
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
  });

  test('names a port that is taken, in a line, and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    program = new Program([], { DATABASE_URL: postgres.url, STUDENT_SCORE_LISTEN: `localhost:${port}` });
    expect(await program.ended()).toBe(1);
    expect(program.output).toMatch(new RegExp(`port ${port} on 127.0.0.1 is taken.*--listen`));
    other.close();
  });

  test('says that it waits for the database, and can be stopped meanwhile', async () => {
    program = new Program([], { DATABASE_URL: 'postgres://127.0.0.1:1/x' });
    await program.said('waiting for the database at 127.0.0.1:1/x');
    program.kill('SIGINT');
    expect(await program.ended()).toBe(0);
  });

  test('names what is wrong in its configuration, and ends with 2', async () => {
    program = new Program(['--listen', 'nowhere'], { DATABASE_POOL_SIZE: 'many' });
    expect(await program.ended()).toBe(2);
    for (const text of ['listen', 'DATABASE_POOL_SIZE', 'database.url']) expect(program.output).toContain(text);
  });

  test('helps without a database', async () => {
    program = new Program(['--help']);
    expect(await program.ended()).toBe(0);
    expect(program.output).toContain('DATABASE_URL');
  });
});
