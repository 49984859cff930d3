// Members as DNS knows them: host and port of an SRV record, or an address and a port that all of them have.
//
// Priorities and weights of SRV records are left out on purpose: CoreDNS gives each of n endpoints the weight 100/n, so that
// the ring of every member would be made anew with each that comes.

import { Resolver } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { CacheError, type Member, type OnError } from '@ringcache/cache-core';
import { checkMember } from './member-record.js';

export const RECORD_TYPES = ['srv', 'a', 'aaaa'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

const TRY_MS = 1_000; // for one server to answer; then the next is asked
const TRIES = 2;
const MAX_NAME_CHARS = 253;
const MAX_TOLD = 1_000; // records that were reported once; a server that makes up new ones is not remembered for ever

export interface DnsNames {
  readonly name: string;
  readonly type: RecordType;
  readonly grpcPort: number | undefined;
  readonly httpPort: number | undefined;
  readonly servers: readonly string[] | undefined;
  readonly onError: OnError;
}

export class DnsRecords {
  readonly #names: DnsNames;
  readonly #told = new Set<string>();
  #resolver: Resolver;

  /** @throws {CacheError} `invalid_argument`: a name, port or server. */
  constructor(names: DnsNames) {
    this.#names = names;
    checkNames(names);
    this.#resolver = resolverOf(names);
  }

  /**
   * The members that DNS lists now, each once; none: the name does not exist, or has no such records. An answer that is
   * too long for UDP is asked for again by TCP.
   * @throws {CacheError} `unavailable`, `deadline`: no answer that can be read.
   */
  async ask(): Promise<Member[]> {
    const members = new Map<string, Member>();
    for (const [host, port] of await this.#hosts()) {
      const member = this.#memberAt(host, port);
      if (member !== undefined) members.set(member.id, member);
    }
    return [...members.values()];
  }

  /** Ends what is under way, with an error, and reads the system's servers anew, which may be others by now. */
  cancel(): void {
    this.#resolver.cancel();
    this.#resolver = resolverOf(this.#names);
  }

  /** @throws {CacheError} `invalid_argument`: DNS can never list the member under the name that it has for itself. */
  checkSelf({ id, grpc, http, weight }: Member): void {
    const { type, grpcPort, httpPort } = this.#names;
    const hasGrpc = type === 'srv' || grpcPort !== undefined;
    const address = hasGrpc ? grpc : http;
    const kind = hasGrpc ? 'gRPC' : 'HTTP';
    if (id !== address || id === '') {
      throw invalid(
        `member ${id} must have its ${kind} address for an id, since DNS knows no other: ${address || 'none'}`,
      );
    }
    if (weight !== 1) throw invalid(`the weight of member ${id} must be 1: DNS knows no other`);
    if (type === 'srv') return;
    const wanted = type === 'a' ? isIPv4 : (host: string) => /^\[.*\]$/.test(host) && isIPv6(host.slice(1, -1));
    const colon = address.lastIndexOf(':');
    const port = hasGrpc ? grpcPort : httpPort;
    if (wanted(address.slice(0, colon)) && address.slice(colon + 1) === String(port)) return;
    const example = type === 'a' ? '10.0.0.7' : '[fd00::7]';
    throw invalid(`with ${type} records the address of a member must be like ${example}:${port}, not ${address}`);
  }

  async #hosts(): Promise<[host: string, port: number | undefined][]> {
    const { name, type, grpcPort } = this.#names;
    const resolver = this.#resolver;
    try {
      if (type === 'srv') {
        const records = await resolver.resolveSrv(name);
        return records.map((record) => [record.name.toLowerCase().replace(/\.$/, ''), record.port]);
      }
      if (type === 'a') return (await resolver.resolve4(name)).map((address) => [address, grpcPort]);
      return (await resolver.resolve6(name)).map((address) => [`[${address}]`, grpcPort]);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
      const kind = code === 'ETIMEOUT' ? 'deadline' : 'unavailable';
      throw new CacheError(kind, `DNS gave no ${type.toUpperCase()} of ${name}: ${code}`, { cause: error });
    }
  }

  #memberAt(host: string, port: number | undefined): Member | undefined {
    const { httpPort, type, name } = this.#names;
    const grpc = port === undefined ? '' : `${host}:${port}`;
    const http = httpPort === undefined ? '' : `${host}:${httpPort}`;
    const member = { id: grpc === '' ? http : grpc, grpc, http, weight: 1 };
    try {
      checkMember(member);
      return member;
    } catch (error) {
      if (this.#told.has(member.id) || this.#told.size >= MAX_TOLD) return undefined;
      this.#told.add(member.id);
      const { message } = error as CacheError;
      const record = `a record of ${type.toUpperCase()} of ${name}`;
      this.#names.onError(new CacheError('invalid_argument', `skipped ${record}: ${message}`, { cause: error }));
      return undefined;
    }
  }
}

function resolverOf({ servers }: DnsNames): Resolver {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  if (servers === undefined) return resolver;
  try {
    resolver.setServers(servers);
  } catch (error) {
    throw new CacheError('invalid_argument', `DNS servers must be addresses, with a port or without: ${servers}`, {
      cause: error,
    });
  }
  return resolver;
}

function checkNames({ name, type, grpcPort, httpPort, servers }: DnsNames): void {
  if (!RECORD_TYPES.includes(type)) throw invalid(`records must be one of ${RECORD_TYPES.join(', ')}, not ${type}`);
  if (!/^[^\s.]+(\.[^\s.]+)*\.?$/.test(name) || name.length > MAX_NAME_CHARS) {
    throw invalid(`${JSON.stringify(name)} is no name in DNS`);
  }
  if (servers?.length === 0) throw invalid('servers must name one at least, or be left out');
  if (type === 'srv' && grpcPort !== undefined) throw invalid('grpcPort means nothing with srv: the records have it');
  if (type !== 'srv' && (grpcPort ?? httpPort) === undefined)
    throw invalid(`grpcPort is required with ${type} records`);
  checkPort('grpcPort', grpcPort);
  checkPort('httpPort', httpPort);
}

function checkPort(field: string, port: number | undefined): void {
  if (port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535)) return;
  throw invalid(`${field} must be 1 to 65535, not ${port}`);
}

function invalid(message: string): CacheError {
  return new CacheError('invalid_argument', message);
}
