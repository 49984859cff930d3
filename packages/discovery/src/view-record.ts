// How a view is written in the directory, and how much of what is found there is believed.

import { CacheError, type View, type ViewMember } from '@ringcache/cache-core';
import { decodeViewMember } from './member-record.js';

const MAX_MEMBERS = 10_000;
const MAX_NAME_CHARS = 512; // of an id, which holds a member's key and some random text

export function encodeView(view: View): string {
  const { id, lineage, number, members, before, lapsed, armed } = view;
  return JSON.stringify({ id, lineage, number, members, before, lapsed, armed });
}

/** @throws {CacheError} `invalid_argument`: no view, with what is wrong. */
export function decodeView(text: string): View {
  const record = parse(text);
  const { number, armed } = record;
  if (!Number.isSafeInteger(number) || (number as number) < 1)
    throw invalid('its number must be a whole one from 1 up');
  if (typeof armed !== 'boolean') throw invalid('armed must be true or false');
  return {
    id: nameIn(record, 'id'),
    lineage: nameIn(record, 'lineage'),
    number: number as number,
    members: membersIn(record, 'members'),
    before: membersIn(record, 'before'),
    lapsed: listIn(record, 'lapsed').map((key) => checkedName(key, 'lapsed')),
    armed,
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null) return record as Record<string, unknown>;
  } catch (error) {
    throw new CacheError('invalid_argument', 'a view must be JSON', { cause: error });
  }
  throw invalid('it must be a JSON object');
}

function nameIn(record: Record<string, unknown>, field: string): string {
  return checkedName(record[field], field);
}

function checkedName(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_NAME_CHARS) return value;
  throw invalid(`${field} must be text of 1 to ${MAX_NAME_CHARS} characters`);
}

function membersIn(record: Record<string, unknown>, field: string): ViewMember[] {
  return listIn(record, field).map((value) => {
    const { id } = (value ?? {}) as { id?: unknown };
    const member = decodeViewMember(String(id), JSON.stringify(value));
    if (member === undefined) throw invalid(`a member of ${field} names no process`);
    return member;
  });
}

function listIn(record: Record<string, unknown>, field: string): unknown[] {
  const list = record[field];
  if (Array.isArray(list) && list.length <= MAX_MEMBERS) return list;
  throw invalid(`${field} must be a list of at most ${MAX_MEMBERS}`);
}

function invalid(problem: string): CacheError {
  return new CacheError('invalid_argument', `no view: ${problem}`);
}
