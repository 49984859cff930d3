import { isNativeError } from 'node:util/types';
import { Prisma } from './gen/client.js';

// Whether a failed query means that the database is away. Three layers fail, each in its own form: Prisma (codes
// P1xxx, or P2039 around a SQLSTATE it has no code for), PostgreSQL (SQLSTATE), and pg with Node's sockets (system codes,
// or a plain Error that has but a text). Prisma's adapter wraps some and lets others through. So the question is put the
// other way round: an error that is neither a verdict on the query nor a mistake of ours can only be of the connection.

/** `refused`: the query was never sent. `lost`: it may have been carried out. */
export type Outage = 'refused' | 'lost';

const PRISMA: Readonly<Record<string, Outage>> = {
  P1000: 'refused', // credentials
  P1001: 'refused', // not reachable
  P1002: 'refused', // timed out connecting
  P1003: 'refused', // no such database
  P1008: 'lost', // query timed out
  P1010: 'refused', // access denied
  P1011: 'lost', // TLS
  P1017: 'lost', // connection closed
  P2024: 'refused', // no free connection
  P2037: 'refused', // too many connections
};
const SQLSTATE: Readonly<Record<string, Outage>> = {
  '08001': 'refused', // cannot connect
  '08004': 'refused',
  '3D000': 'refused', // no such database: it may be about to be made
  '53300': 'refused', // too many connections
  '57014': 'lost', // statement timeout
  '57P01': 'lost', // shut down
  '57P02': 'lost', // crashed
  '57P03': 'refused', // starting up
  '57P05': 'lost', // idle too long
};
const NODE_REFUSED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const PROGRAMMING_ERRORS = ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'];

/** @returns undefined: the database is there, and answered with this error; or the fault is in this program. */
export function outageOf(error: unknown): Outage | undefined {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return PRISMA[error.code] ?? outageOfState(stateIn(error));
  if (error instanceof Prisma.PrismaClientValidationError) return undefined;
  if (!isNativeError(error) || PROGRAMMING_ERRORS.includes(error.name)) return undefined;
  // A host of several addresses: each was tried.
  if ('errors' in error && Array.isArray(error.errors)) return outageOf(error.errors[0]);
  if ('severity' in error) return outageOfState(codeOf(error)); // the server's own
  return NODE_REFUSED.includes(codeOf(error)) ? 'refused' : 'lost';
}

/** Whether the database turns this user away, which waiting does not change. */
export function isAccessDenied(error: unknown): boolean {
  return isNativeError(error) && 'severity' in error && codeOf(error).startsWith('28');
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

function outageOfState(state: string): Outage | undefined {
  if (state.startsWith('28')) return 'refused';
  return SQLSTATE[state] ?? (state.startsWith('08') ? 'lost' : undefined);
}

function stateIn(error: Prisma.PrismaClientKnownRequestError): string {
  const { driverAdapterError } = (error.meta ?? {}) as { driverAdapterError?: { cause?: { originalCode?: string } } };
  return driverAdapterError?.cause?.originalCode ?? '';
}
