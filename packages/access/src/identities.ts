import { CacheError, type Caller } from '@ringcache/cache-core';

import { type Grant, type TokenRule, Tokens } from './tokens.js';

export interface KnownNames {
  readonly tokens?: readonly TokenRule[] | undefined;
  readonly peerToken?: string | undefined;
  readonly peerNames?: readonly string[] | undefined;
}

const OPEN_BACK_DOOR = 'tokens guard nothing while anybody is taken for a member: give a peerToken, or peerNames';

/** Who is who. A stream asks with one caller for thousands of requests: who it is, is looked up once. */
export class Identities {
  readonly #tokens: Tokens;
  readonly #peers: Tokens;
  readonly #peerNames: readonly string[];
  readonly #grants = new WeakMap<Caller, Grant | 'unknown' | 'none'>();
  readonly #members = new WeakMap<Caller, boolean>();

  /** @throws {CacheError} `invalid_argument`: tokens too short, or there twice, or that guard nothing. */
  constructor({ tokens = [], peerToken, peerNames = [] }: KnownNames) {
    this.#tokens = new Tokens(tokens);
    this.#peers = new Tokens(peerToken === undefined ? [] : [{ token: peerToken, role: 'admin' }]);
    this.#peerNames = peerNames;
    if (this.hasTokens && !this.knowsMembers) throw new CacheError('invalid_argument', OPEN_BACK_DOOR);
  }

  /** False: everybody may do everything. */
  get hasTokens(): boolean {
    return this.#tokens.size > 0;
  }

  /** False: anybody is taken for a member. */
  get knowsMembers(): boolean {
    return this.#peers.size > 0 || this.#peerNames.length > 0;
  }

  isMember(caller: Caller): boolean {
    let is = this.#members.get(caller);
    if (is === undefined) {
      const byName = caller.certificate?.some((name) => this.#peerNames.some((pattern) => matches(name, pattern)));
      is = byName === true || (caller.token !== undefined && this.#peers.find(caller.token) !== undefined);
      this.#members.set(caller, is);
    }
    return is;
  }

  grantOf(caller: Caller): Grant | 'unknown' | 'none' {
    let grant = this.#grants.get(caller);
    if (grant === undefined) {
      grant = caller.token === undefined ? 'none' : (this.#tokens.find(caller.token) ?? 'unknown');
      this.#grants.set(caller, grant);
    }
    return grant;
  }
}

/** As with certificates: `*.` at the beginning is one label, any. */
function matches(name: string, pattern: string): boolean {
  if (pattern === '*') return true;
  const [a, b] = [name.toLowerCase(), pattern.toLowerCase()];
  if (!b.startsWith('*.')) return a === b;
  const dot = a.indexOf('.');
  return dot > 0 && a.slice(dot) === b.slice(1);
}
