import { createHash } from 'node:crypto';
import { CacheError } from '@ringcache/cache-core';

/** `admin` may do all, `write` may read too. */
export type Role = 'read' | 'write' | 'admin';

export interface TokenRule {
  /** What the caller sends as `Authorization: Bearer …`: at least 16 characters, hard to guess. */
  readonly token: string;
  readonly role: Role;
  /** Groups that it is good for. Default: all. */
  readonly groups?: readonly string[] | undefined;
}

export interface Grant {
  /** Names the token where it may be told: by the beginning of its hash. */
  readonly name: string;
  readonly role: Role;
  readonly groups: ReadonlySet<string> | undefined;
}

export const MIN_TOKEN_CHARS = 16;
const NAME_CHARS = 8;

/**
 * Tokens and what each may do. Only their SHA-256 is kept, and is what is looked up: how long that takes tells nothing of a
 * token. Cost of a look-up: a hash, some 2 µs.
 */
export class Tokens {
  readonly #grants = new Map<string, Grant>();

  /** @throws {CacheError} `invalid_argument`: a token that is too short, or is there twice. */
  constructor(rules: readonly TokenRule[]) {
    for (const { token, role, groups } of rules) {
      const hash = hashOf(token);
      const name = hash.slice(0, NAME_CHARS);
      if (token.length < MIN_TOKEN_CHARS) {
        throw new CacheError('invalid_argument', `a token must have ${MIN_TOKEN_CHARS} characters at least`);
      }
      if (this.#grants.has(hash))
        throw new CacheError('invalid_argument', `a token is there twice (its hash: ${name}…)`);
      this.#grants.set(hash, { name, role, groups: groups && new Set(groups) });
    }
  }

  get size(): number {
    return this.#grants.size;
  }

  find(token: string): Grant | undefined {
    return this.#grants.get(hashOf(token));
  }
}

const RANK: Readonly<Record<Role, number>> = { read: 0, write: 1, admin: 2 };

/** @param group '': the request is about none, or all. Whoever may read one group has to know where to ask for it. */
export function allows({ role, groups }: Grant, wanted: Role, group: string): boolean {
  const reaches = groups === undefined || (group === '' ? wanted === 'read' : groups.has(group));
  return RANK[role] >= RANK[wanted] && reaches;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
