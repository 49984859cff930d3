import type { TraceContext, Tracing } from '@ringcache/cache-core';
import type { student } from '@ringcache/proto';
import { inSpan } from '@ringcache/tracing';
import { StudentError } from './errors.js';
import { Prisma, type PrismaClient, type Student } from './gen/client.js';
import { outageOf } from './outage.js';
import { decodePageToken, encodePageToken } from './page-token.js';
import { checkName, checkScore, isName } from './validate.js';

export const DEFAULT_PAGE_SIZE = 100;
export const MAX_PAGE_SIZE = 1_000;

const TABLE = 'students';
const SELECT = `SELECT ${TABLE}`;
const SELECT_ATTRIBUTES = {
  'db.system.name': 'postgresql',
  'db.operation.name': 'SELECT',
  'db.collection.name': TABLE,
};

const UNIQUE_CONFLICT = 'P2002';
const NO_SUCH_ROW = 'P2025';

/** Called with a name after its row has changed, and waited for before the caller is answered. Must not reject. */
export type Changed = (name: string) => Promise<void>;

/**
 * The students in the database. Every method throws a {@link StudentError}: `INVALID_…` for its arguments, `DATABASE`
 * while the database is away, and what it says itself.
 */
export class Students {
  readonly #prisma: PrismaClient;
  readonly #changed: Changed;
  readonly #tracing: Tracing | undefined;

  constructor(prisma: PrismaClient, changed: Changed, tracing?: Tracing) {
    this.#prisma = prisma;
    this.#changed = changed;
    this.#tracing = tracing;
  }

  /** @throws {StudentError} `ALREADY_EXISTS`. */
  async create({ name, score }: student.CreateRequest): Promise<student.Student> {
    checkName(name);
    const data = { name, score: checkScore(score) };
    return this.#change(name, this.#prisma.student.create({ data }));
  }

  /** @throws {StudentError} `NOT_FOUND`. */
  async get(name: string, trace?: TraceContext): Promise<student.Student> {
    checkName(name);
    const found = await this.#find(name, trace);
    if (found === null) throw new StudentError('NOT_FOUND', { subject: name });
    return toMessage(found);
  }

  /** @throws {StudentError} `NOT_FOUND`. */
  async update({ name, score }: student.UpdateRequest): Promise<student.Student> {
    checkName(name);
    const data = { score: checkScore(score) };
    return this.#change(name, this.#prisma.student.update({ where: { name }, data }));
  }

  /** @throws {StudentError} `NOT_FOUND`. */
  async delete(name: string): Promise<void> {
    checkName(name);
    await this.#change(name, this.#prisma.student.delete({ where: { name } }));
  }

  /**
   * A page of students in the order of their creation. A student that is there from the first page to the last is seen
   * exactly once, whatever else changes; one created meanwhile may be seen or not.
   * @param request.page_size 1 to 1000; 0: 100.
   */
  async list({ pageSize, pageToken }: student.ListRequest): Promise<student.ListResponse> {
    if (pageSize > MAX_PAGE_SIZE) throw new StudentError('INVALID_PAGE');
    const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
    const where = { id: { gt: decodePageToken(pageToken) } };
    // One more than asked for tells whether there is a next page.
    const rows = await this.#read(this.#prisma.student.findMany({ where, orderBy: { id: 'asc' }, take: size + 1 }));
    const page = rows.slice(0, size);
    const last = page.at(-1);
    const nextPageToken = rows.length > size && last !== undefined ? encodePageToken(last.id) : '';
    return { students: page.map(toMessage), nextPageToken };
  }

  /** The score as decimal text, `100` or `87.5`; undefined: no such student, be it that the name is none at all. */
  async score(name: string, trace?: TraceContext): Promise<string | undefined> {
    if (!isName(name)) return undefined;
    return (await this.#find(name, trace))?.score.toString();
  }

  #find(name: string, parent: TraceContext | undefined): Promise<Student | null> {
    const find = () => this.#read(this.#prisma.student.findUnique({ where: { name } }));
    return inSpan(this.#tracing, SELECT, { kind: 'client', parent, attributes: SELECT_ATTRIBUTES }, find);
  }

  async #read<T>(query: Promise<T>): Promise<T> {
    try {
      return await query;
    } catch (error) {
      throw toStudentError(error);
    }
  }

  /** `statement` is a single one, so that it is committed when its promise resolves. */
  async #change(name: string, statement: Promise<Student>): Promise<student.Student> {
    let row: Student;
    try {
      row = await statement;
    } catch (error) {
      // The connection broke between statement and answer: it may be committed, and then the cache must hear of it.
      if (outageOf(error) === 'lost') await this.#changed(name);
      throw toStudentError(error, name);
    }
    await this.#changed(name);
    return toMessage(row);
  }
}

function toMessage({ name, score }: Student): student.Student {
  return { name, score: score.toNumber() };
}

function toStudentError(error: unknown, subject?: string): StudentError {
  const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : undefined;
  if (code === UNIQUE_CONFLICT) return new StudentError('ALREADY_EXISTS', { subject, cause: error });
  if (code === NO_SUCH_ROW) return new StudentError('NOT_FOUND', { subject, cause: error });
  return new StudentError(outageOf(error) === undefined ? 'UNSPECIFIED' : 'DATABASE', { cause: error });
}
