// Turns what came over a wire or out of a directory into views and exchanges. Nothing in it is believed: every field is checked, and
// every length has a limit, since what is taken on here makes the ring of this member and of those that it tells. Fields that
// are not known are passed over: a newer version may send them.

import { CacheError } from '../errors.js';
import type { Member } from '../member.js';
import type { ExchangeReply, ExchangeRequest } from './exchange.js';
import type { View, ViewMember } from './view.js';

/** Members of one view, and keys in one list of them. */
export const MAX_VIEW_MEMBERS = 10_000;

/** Of a name, an address or a key, in UTF-16 code units: the id of a view holds a member's key and some random text. */
export const MAX_NAME_CHARS = 512;

/** Of a member's id, in UTF-8. */
export const MAX_ID_BYTES = 256;

/** A ring's size grows with its weights: one absurd weight must not exhaust every member. */
export const MAX_WEIGHT = 1_000;

const INCARNATION = /^[A-Za-z0-9_-]{0,64}$/;
const MAX_SHOWN_CHARS = 64; // of what was sent, in messages

type Fields = Readonly<Record<string, unknown>>;

/** Copies a view out of a value of any kind. @throws {CacheError} `invalid_argument`: it is none; the message says what is wrong. */
export function viewOf(value: unknown): View {
  const fields = fieldsOf(value, 'a view');
  const { number } = fields;
  if (!Number.isSafeInteger(number) || (number as number) < 1) {
    throw invalid(`number of a view must be a whole number from 1 to 2^53 - 1, not ${shown(number)}`);
  }
  return {
    id: nameIn(fields, 'id'),
    lineage: nameIn(fields, 'lineage'),
    number: number as number,
    members: membersIn(fields, 'members'),
    before: membersIn(fields, 'before'),
    armed: flagIn(fields, 'armed'),
  };
}

/**
 * Copies a member out of a value of any kind. That its addresses can be dialled is not checked.
 * @throws {CacheError} `invalid_argument`, as with {@link viewOf}.
 */
export function viewMemberOf(value: unknown): ViewMember {
  const fields = fieldsOf(value, 'a member');
  const { weight, incarnation } = fields;
  const id = idIn(fields);
  if (!isWeight(weight))
    throw invalid(`weight of a member must be over 0 and at most ${MAX_WEIGHT}, not ${shown(weight)}`);
  if (typeof incarnation !== 'string' || !INCARNATION.test(incarnation)) {
    throw invalid(`incarnation of a member must be up to 64 letters, digits, '-' or '_', not ${shown(incarnation)}`);
  }
  return { id, grpc: textIn(fields, 'grpc'), http: textIn(fields, 'http'), weight, incarnation };
}

/** Copies a request out of a value of any kind. @throws {CacheError} `invalid_argument`, as with {@link viewOf}. */
export function exchangeRequestOf(value: unknown): ExchangeRequest {
  const fields = fieldsOf(value, 'an exchange');
  return {
    ...statusIn(fields),
    cluster: nameIn(fields, 'cluster'),
    hashing: nameIn(fields, 'hashing'),
    from: viewMemberOf(fields.from),
    to: nameIn(fields, 'to'),
  };
}

/** Copies a reply out of a value of any kind. @throws {CacheError} `invalid_argument`, as with {@link viewOf}. */
export function exchangeReplyOf(value: unknown): ExchangeReply {
  const fields = fieldsOf(value, 'a reply to an exchange');
  return { ...statusIn(fields), from: viewMemberOf(fields.from), isGranted: flagIn(fields, 'isGranted') };
}

/** What a request and its reply have in common. */
function statusIn(fields: Fields): Omit<ExchangeRequest, 'cluster' | 'hashing' | 'from' | 'to'> {
  const { view } = fields;
  return {
    viewId: textIn(fields, 'viewId'),
    ...(view !== undefined && { view: viewOf(view) }),
    isActive: flagIn(fields, 'isActive'),
    hears: namesIn(fields, 'hears'),
    isSettled: flagIn(fields, 'isSettled'),
    isLeaving: flagIn(fields, 'isLeaving'),
    isGone: flagIn(fields, 'isGone'),
  };
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(`${what} must be an object, not ${shown(value)}`);
}

function membersIn(fields: Fields, field: string): ViewMember[] {
  const members = listIn(fields, field).map((member) => viewMemberOf(member));
  const ids = new Set<string>();
  for (const { id } of members) {
    if (ids.has(id)) throw invalid(`${field} has the member ${shown(id)} twice`); // no ring can be made of those
    ids.add(id);
  }
  return members;
}

function namesIn(fields: Fields, field: string): string[] {
  return listIn(fields, field).map((name) => checkName(name, field));
}

function listIn(fields: Fields, field: string): readonly unknown[] {
  const list = fields[field];
  if (!Array.isArray(list)) throw invalid(`${field} must be a list, not ${shown(list)}`);
  if (list.length > MAX_VIEW_MEMBERS)
    throw invalid(`${field} has ${list.length} entries; the limit is ${MAX_VIEW_MEMBERS}`);
  return Array.from(list); // its holes, which methods pass over, are undefined in the copy
}

function idIn(fields: Fields): string {
  const id = nameIn(fields, 'id');
  const bytes = Buffer.byteLength(id);
  if (bytes > MAX_ID_BYTES) throw invalid(`id of a member is ${bytes} bytes long; the limit is ${MAX_ID_BYTES}`);
  return id;
}

function nameIn(fields: Fields, field: string): string {
  return checkName(fields[field], field);
}

function checkName(name: unknown, field: string): string {
  if (name === '') throw invalid(`${field} must not be empty`);
  return checkText(name, field);
}

/** Returns a text that may be empty. */
function textIn(fields: Fields, field: keyof Member | 'viewId'): string {
  return checkText(fields[field], field);
}

function checkText(text: unknown, field: string): string {
  if (typeof text !== 'string') throw invalid(`${field} must be text, not ${shown(text)}`);
  if (text.length > MAX_NAME_CHARS)
    throw invalid(`${field} has ${text.length} characters; the limit is ${MAX_NAME_CHARS}`);
  // Node.js has it since version 20; TypeScript's es2023 library does not know it.
  if ((text as string & { isWellFormed(): boolean }).isWellFormed()) return text;
  throw invalid(`${field} has a lone surrogate, which UTF-8 cannot carry`);
}

function flagIn(fields: Fields, field: string): boolean {
  const flag = fields[field];
  if (typeof flag === 'boolean') return flag;
  throw invalid(`${field} must be true or false, not ${shown(flag)}`);
}

function isWeight(weight: unknown): weight is number {
  return typeof weight === 'number' && weight > 0 && weight <= MAX_WEIGHT;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_SHOWN_CHARS));
  if (value === null || typeof value !== 'object') return String(value).slice(0, MAX_SHOWN_CHARS);
  return Array.isArray(value) ? 'a list' : 'an object';
}

function invalid(message: string): CacheError {
  return new CacheError('invalid_argument', message);
}
