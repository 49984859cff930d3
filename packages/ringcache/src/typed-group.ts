import {
  type Answer,
  CacheError,
  type CallOptions,
  type Group,
  type GroupStats,
  type Loader,
  type WriteResult,
} from '@ringcache/cache-core';

import type { Codec } from './codec.js';

/** What a loader gets besides the key. */
export type LoadContext = Parameters<Loader>[1];

/** A value with a time to live of its own, in ms: what {@link withTtl} makes. */
export class TimedValue<T> {
  readonly value: T;
  readonly ttlMs: number;

  constructor(value: T, ttlMs: number) {
    this.value = value;
    this.ttlMs = ttlMs;
  }
}

/** For a loader whose value lives for a time of its own, in ms, not for the group's. */
export function withTtl<T>(value: T, ttlMs: number): TimedValue<T> {
  return new TimedValue(value, ttlMs);
}

/** Gets a value from its origin; `undefined`: the origin has no such key. Anything thrown fails the get; nothing is cached. */
export type TypedLoader<T> = (
  key: string,
  context: LoadContext,
) => Promise<T | TimedValue<T> | undefined> | T | TimedValue<T> | undefined;

/** A value, and what is known of it. */
export interface TypedAnswer<T> extends Omit<Answer, 'value'> {
  readonly value: T;
}

/** A group of this node, its values typed by a codec. */
export class TypedGroup<T> {
  readonly name: string;
  readonly #group: Group;
  readonly #codec: Codec<T>;

  constructor(group: Group, codec: Codec<T>) {
    this.name = group.name;
    this.#group = group;
    this.#codec = codec;
  }

  /**
   * Reads through the cache: this node's, then the owner's, then the origin.
   * @param options.signal gives up waiting; the load itself goes on for the other callers.
   * @throws {CacheError} `not_found` (the origin has no such key), `invalid_argument`, `deadline`, `unavailable`,
   * `internal`, and what the loader throws.
   */
  async get(key: string, options?: CallOptions): Promise<T> {
    return this.#decode((await this.#group.get(key, options)).value);
  }

  /** {@link get}, with where the value came from, its version, and what is left of its life. */
  async ask(key: string, options?: CallOptions): Promise<TypedAnswer<T>> {
    const answer = await this.#group.get(key, options);
    return { ...answer, value: this.#decode(answer.value) };
  }

  /** {@link get} for many keys: a value or an error for each, in their order. Never rejects. */
  async getMany(keys: readonly string[], options?: CallOptions): Promise<(T | CacheError)[]> {
    const answers = await this.#group.getMany(keys, options);
    return answers.map((answer) => {
      if (answer instanceof CacheError) return answer;
      try {
        return this.#decode(answer.value);
      } catch (error) {
        return CacheError.from(error);
      }
    });
  }

  /** What this node holds, at once and without a promise; undefined: nothing. Nothing is loaded or fetched. */
  peek(key: string): T | undefined {
    const value = this.#group.peek(key);
    return value === undefined ? undefined : this.#decode(value);
  }

  /** Stores a value at its owner, and drops every other copy. The result says who acknowledged. */
  async set(key: string, value: T, options: CallOptions & { ttlMs?: number | undefined } = {}): Promise<WriteResult> {
    return this.#group.write({ op: 'set', key, value: this.#encode(value), ttlMs: options.ttlMs }, options);
  }

  /** Drops every copy, so that the next get loads. */
  delete(key: string, options?: CallOptions): Promise<WriteResult> {
    return this.#group.write({ op: 'delete', key }, options);
  }

  /** {@link delete} for many keys: a result or an error for each, in their order. Never rejects. */
  deleteMany(keys: readonly string[], options?: CallOptions): Promise<(WriteResult | CacheError)[]> {
    return this.#group.deleteMany(keys, options);
  }

  /** Deletes every key, on every member; values in the origin stay. */
  clear(options?: CallOptions): Promise<WriteResult> {
    return this.#group.clear(options);
  }

  stats(): GroupStats {
    return this.#group.stats();
  }

  #encode(value: T): Uint8Array {
    try {
      return this.#codec.encode(value);
    } catch (error) {
      throw CacheError.from(error, 'invalid_argument');
    }
  }

  #decode(value: Uint8Array): T {
    try {
      return this.#codec.decode(value);
    } catch (error) {
      throw new CacheError('internal', `group ${this.name}: the codec cannot read a value`, { cause: error });
    }
  }
}

/** A loader of bytes from one of values. */
export function bytesLoader<T>(load: TypedLoader<T>, codec: Codec<T>): Loader {
  return async (key, context) => {
    const loaded = await load(key, context);
    if (loaded === undefined) return undefined;
    if (loaded instanceof TimedValue) return { value: codec.encode(loaded.value), ttlMs: loaded.ttlMs };
    return codec.encode(loaded);
  };
}
