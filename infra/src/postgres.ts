import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Child } from './child.js';
import { codeOf, messageOf } from './failure.js';
import { freePort, requirePorts } from './ports.js';
import { openToAll, postgresBinaries } from './postgres-binaries.js';
import { accountToRunAs, type InitOptions, initialise, makeDataDir } from './postgres-data.js';

export interface Postgres {
  /** `postgres://postgres:postgres@127.0.0.1:port/database` */
  readonly url: string;
  /** Ends it, open connections too; removes the data unless a `dataDir` was given. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Runs it again after `kill`, on the same data and port; resolves when it answers. */
  start(): Promise<void>;
  /** Resolves when the latest server process has ended, for whatever reason. */
  readonly exited: Promise<void>;
}

export interface PostgresOptions {
  /** Where the data is kept after `stop`; by default it is temporary, and not safe from a power cut. */
  readonly dataDir?: string;
  /** A free one by default. */
  readonly port?: number;
  /** Made if it does not exist; `ringcache` by default. */
  readonly database?: string;
  /** Gets each line the server prints. */
  readonly log?: (line: string) => void;
}

const USER = 'postgres';
const PASSWORD = 'postgres'; // for loopback and throw-away data; a real one comes with DATABASE_URL
/** Until it answers; 0.2 s as a rule, longer where it recovers from a crash. */
const READY_TIMEOUT_MS = 30_000;
/** For a fast shutdown, which ends its connections; then it is killed. */
const STOP_TIMEOUT_MS = 5_000;
const PROBE_EVERY_MS = 25;
/** Tries with new ports, where another process took one between our looking and PostgreSQL's binding. */
const MAX_ATTEMPTS = 4;
const CANNOT_CONNECT_NOW = '57P03'; // SQLSTATE: it is starting, or recovering
/**
 * A test's data dies with the test: waiting for the disk only makes it slow. (`synchronous_commit=off` would too, and
 * would lose in `kill` what was committed.)
 */
const NO_FSYNC = ['fsync=off', 'full_page_writes=off'];

/**
 * Starts a real PostgreSQL on loopback; about 1.5 s with new data, 0.3 s with old. As root it runs as the user
 * postgres, or nobody. It ends with the process that calls this, however that ends.
 * @throws {PortTakenError} if `port` is taken.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  if (options.port !== undefined) await requirePorts([options.port], 'PostgreSQL');
  const account = await accountToRunAs();
  const found = await postgresBinaries();
  const native = account === undefined ? found : await openToAll(found);
  const temporary = options.dataDir === undefined;
  const dataDir = await makeDataDir(options.dataDir, account);
  try {
    const cluster = { native, account, temporary, user: USER, password: PASSWORD, log: options.log };
    const data = await initialise(dataDir, cluster);
    return await startOnFreePort((port) => new Server({ ...cluster, ...options, dataDir, data, port }), options.port);
  } catch (error) {
    if (temporary) await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

async function startOnFreePort(serverOn: (port: number) => Server, port: number | undefined): Promise<Postgres> {
  for (let attempt = 1; ; attempt++) {
    const server = serverOn(port ?? (await freePort()));
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.kill();
      const portWasTaken = messageOf(error).includes('Address already in use');
      if (!portWasTaken || port !== undefined || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

interface ServerOptions extends InitOptions {
  readonly dataDir: string;
  /** The database cluster in `dataDir`. */
  readonly data: string;
  readonly port: number;
  readonly database?: string;
}

class Server implements Postgres {
  readonly url: string;
  readonly #options: ServerOptions;
  readonly #database: string;
  #child: Child | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#database = options.database ?? 'ringcache';
    this.url = this.#urlOf(this.#database);
  }

  get exited(): Promise<void> {
    return this.#child?.exited ?? Promise.resolve();
  }

  async start(): Promise<void> {
    if (this.#child?.running) throw new Error(`PostgreSQL runs already (pid ${this.#child.pid})`);
    const { native, account, data, dataDir, port, temporary, log } = this.#options;
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories='];
    this.#child = new Child({
      command: join(native, 'bin', 'postgres'),
      args: ['-D', data, ...[...settings, ...(temporary ? NO_FSYNC : [])].flatMap((setting) => ['-c', setting])],
      as: account,
      log,
      guardSignal: 'QUIT', // takes its workers along, at once
      removeWithUs: temporary ? dataDir : undefined,
    });
    await this.#ready(this.#child);
  }

  async kill(): Promise<void> {
    // Not SIGKILL: its workers would outlive it for a moment, and hold on to memory that the next start needs. SIGQUIT
    // ends all of them with no checkpoint, so that the next start recovers from the log as after a crash.
    await this.#child?.end('SIGQUIT', STOP_TIMEOUT_MS);
  }

  async stop(): Promise<void> {
    const { temporary, dataDir } = this.#options;
    if (!temporary) return this.#child?.end('SIGINT', STOP_TIMEOUT_MS);
    await this.kill();
    await rm(dataDir, { recursive: true, force: true });
  }

  /** Connects until it answers, and makes the database. */
  async #ready(child: Child): Promise<void> {
    const giveUp = performance.now() + READY_TIMEOUT_MS;
    while (!(await makeDatabase(this.#urlOf('postgres'), this.#database))) {
      if (!child.running) throw new Error(`PostgreSQL ended at its start:\n${child.lastLines}`);
      if (performance.now() > giveUp) throw new Error(`PostgreSQL does not answer after 30 s:\n${child.lastLines}`);
      await sleep(PROBE_EVERY_MS);
    }
  }

  #urlOf(database: string): string {
    return `postgres://${USER}:${PASSWORD}@127.0.0.1:${this.#options.port}/${encodeURIComponent(database)}`;
  }
}

/** False: nobody listens yet, or only to say that it is starting. */
async function makeDatabase(url: string, name: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // what is in flight rejects with the same error
  try {
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ECONNREFUSED' || code === CANNOT_CONNECT_NOW) return false;
    throw error;
  } finally {
    await client.end().catch(() => {}); // it was never connected
  }
}
