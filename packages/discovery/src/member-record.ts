// How a member is written in etcd: key `clusters/<cluster>/<member id>`, value JSON of the member. An id may hold ':' and
// '/' (a base URL is one), so a cluster may not: else one cluster's prefix could begin with another's.

import {
  CacheError,
  MAX_ID_BYTES,
  MAX_WEIGHT,
  type Member,
  type ViewMember,
  viewMemberOf,
} from '@ringcache/cache-core';

const CLUSTER_NAME = /^[A-Za-z0-9._-]{1,64}$/;
const ADDRESS = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/;
const EVERY_INTERFACE = /^(0\.0\.0\.0|\[[0:.]*\]):/;
const MAX_PORT = 65_535;

/**
 * The key under which a cluster's members lie, with its closing '/': without it `dev` would hold `dev2` as well.
 * @throws {CacheError} `invalid_argument`: not 1 to 64 letters, digits, dots, dashes or underscores.
 */
export function clusterPrefix(cluster: string): string {
  if (!CLUSTER_NAME.test(cluster)) {
    throw invalid(`cluster ${JSON.stringify(cluster)} is not 1 to 64 letters, digits, '.', '-' or '_'`);
  }
  return `clusters/${cluster}/`;
}

/** @throws {CacheError} `invalid_argument`, naming the field that is wrong. */
export function checkMember(member: Member): void {
  checkId(member.id);
  checkAddress('grpc', member.grpc);
  checkAddress('http', member.http);
  const { weight } = member;
  if (typeof weight !== 'number' || !(weight > 0 && weight <= MAX_WEIGHT)) {
    throw invalid(`weight of member ${member.id} must be over 0 and at most ${MAX_WEIGHT}, not ${weight}`);
  }
}

/** {@link checkMember} of one process. */
export function checkViewMember(member: ViewMember): void {
  checkMember(member);
  viewMemberOf(member);
  if (member.incarnation === '') throw invalid(`member ${member.id} needs an incarnation`);
}

/** Returns whether the address stands for every interface of a machine: a server listens there, and a client that dials it reaches itself. */
export function isEveryInterface(address: string): boolean {
  return EVERY_INTERFACE.test(address);
}

export function encodeMember({ id, grpc, http, weight }: Member): string {
  return JSON.stringify({ id, grpc, http, weight });
}

/**
 * Reads a record back. Fields it does not know are ignored: a newer version may write them during an upgrade.
 * @param id what the key says; the value must say the same.
 * @throws {CacheError} `invalid_argument`: not a member.
 */
export function decodeMember(id: string, value: string): Member {
  const record = parseObject(value);
  const { grpc, http, weight } = record;
  const member = { id: record.id, grpc, http, weight } as Member; // not yet: checked on the next line
  checkMember(member);
  if (member.id !== id) throw invalid(`the value under ${id} is of member ${member.id}`);
  return member;
}

/** {@link encodeMember} of one process: whoever registers itself says which. */
export function encodeViewMember(member: ViewMember): string {
  const { id, grpc, http, weight, incarnation } = member;
  return JSON.stringify({ id, grpc, http, weight, incarnation });
}

/**
 * {@link decodeMember} of one process.
 * Returns undefined for a record that names no process, such as one that was put by hand.
 */
export function decodeViewMember(id: string, value: string): ViewMember | undefined {
  const member = decodeMember(id, value);
  const { incarnation = '' } = parseObject(value);
  return incarnation === '' ? undefined : viewMemberOf({ ...member, incarnation });
}

export function sameMember(a: Member, b: Member): boolean {
  return a.id === b.id && a.grpc === b.grpc && a.http === b.http && a.weight === b.weight;
}

/** Order by id, in code units: the same on every machine, which a locale's order is not. */
export function byId(a: Member, b: Member): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

/** @throws {CacheError} `invalid_argument`: not JSON. @param what it is meant to be, for the message. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CacheError('invalid_argument', `${what} must be JSON`, { cause: error });
  }
}

function parseObject(text: string): Record<string, unknown> {
  const record = parseJson(text, 'a record of a member');
  if (typeof record !== 'object' || record === null) throw invalid('a record of a member must be a JSON object');
  return record as Record<string, unknown>;
}

function checkId(id: unknown): void {
  if (typeof id !== 'string' || id === '') throw invalid('a member needs an id, a string that is not empty');
  if (Buffer.from(id).toString() !== id) throw invalid('the id of a member must be what UTF-8 can carry');
  const bytes = Buffer.byteLength(id);
  if (bytes > MAX_ID_BYTES) throw invalid(`an id of ${bytes} bytes is too long; the limit is ${MAX_ID_BYTES}`);
}

function checkAddress(field: string, address: unknown): void {
  if (address === '') return; // it has no such server
  const port = typeof address === 'string' ? Number(ADDRESS.exec(address)?.[1] ?? 0) : 0;
  if (port < 1 || port > MAX_PORT) throw invalid(`${field} must be host:port or empty, not ${JSON.stringify(address)}`);
  if (isEveryInterface(address as string)) {
    throw invalid(
      `${field} must name a host that others can reach, not ${address}: a server listens there, nobody dials it`,
    );
  }
}

function invalid(message: string): CacheError {
  return new CacheError('invalid_argument', message);
}
