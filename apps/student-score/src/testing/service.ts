import { Writable } from 'node:stream';
import {
  type CallOptions,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
  type status,
} from '@grpc/grpc-js';
import type { Tracing } from '@ringcache/cache-core';
import { createLogger } from '@ringcache/logger';
import { origin, student } from '@ringcache/proto';
import { type App, startApp } from '../app.js';
import { ERROR_TRAILER } from '../errors.js';
import type { Invalidate } from '../invalidation.js';

const CALL_MS = 50_000; // nothing is to hang, however busy the machine is
const DRAIN_MS = 1_000;

export interface ServiceOptions {
  readonly url: string;
  readonly listen?: string;
  readonly invalidate?: Invalidate;
  readonly seed?: boolean;
  readonly tracing?: Tracing;
  /** How long it waits for the database at its start, and for each query. */
  readonly waitMs?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A failed call as its caller sees it. */
export interface Refusal {
  readonly status: status;
  readonly code: string | undefined;
  readonly message: string;
}

/** The service over gRPC on loopback, and clients of it. */
export class Service {
  readonly app: App;
  readonly students: student.StudentServiceClient;
  readonly origin: origin.OriginClient;

  private constructor(app: App) {
    this.app = app;
    const target = `localhost:${app.port}`;
    this.students = new student.StudentServiceClient(target, credentials.createInsecure());
    this.origin = new origin.OriginClient(target, credentials.createInsecure());
  }

  static async start(options: ServiceOptions): Promise<Service> {
    const app = await startApp({
      config: {
        listen: options.listen ?? 'localhost:0',
        database: { url: options.url, poolSize: 4, timeout: options.timeoutMs ?? 5_000, wait: options.waitMs ?? 0 },
        seed: options.seed ?? true,
      },
      log: silentLog(),
      invalidate: options.invalidate ?? (async () => {}),
      tracing: options.tracing,
      signal: options.signal ?? new AbortController().signal,
    });
    return new Service(app);
  }

  create = (name: string, score: number, language?: string) =>
    answerOf(this.students.create.bind(this.students), { name, score }, language);
  get = (name: string, language?: string) => answerOf(this.students.get.bind(this.students), { name }, language);
  update = (name: string, score: number, language?: string) =>
    answerOf(this.students.update.bind(this.students), { name, score }, language);
  delete = (name: string, language?: string) => answerOf(this.students.delete.bind(this.students), { name }, language);
  list = (pageSize: number, pageToken = '', language?: string) =>
    answerOf(this.students.list.bind(this.students), { pageSize, pageToken }, language);
  /** The text of the loaded value. */
  load = async (key: string, group = 'scores') => {
    const { value } = await answerOf(this.origin.load.bind(this.origin), { group, key });
    return Buffer.from(value).toString();
  };

  async close(): Promise<void> {
    this.students.close();
    this.origin.close();
    await this.app.close(DRAIN_MS);
  }
}

type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

function answerOf<Request, Response>(
  method: Method<Request, Response>,
  request: Request,
  language = 'en',
): Promise<Response> {
  const metadata = new Metadata();
  metadata.set('accept-language', language);
  return new Promise((resolve, reject) => {
    method(request, metadata, { deadline: Date.now() + CALL_MS }, (error, response) =>
      error === null ? resolve(response) : reject(error),
    );
  });
}

/** What a call was refused with; fails if it was answered. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: ServiceError) => ({ error }),
  );
  if ('value' in answer) throw new Error(`answered: ${JSON.stringify(answer.value)}`);
  const { code, details, metadata } = answer.error;
  return { status: code, code: metadata.get(ERROR_TRAILER)[0]?.toString(), message: details };
}

function silentLog() {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  return createLogger({ name: 'test', format: 'json', stream: nowhere });
}
