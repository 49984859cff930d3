/** Turns a group's values into bytes and back. Both must be quick: decode runs at every get. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  /** @throws anything for bytes that are none of its own: the get fails with `internal`. */
  decode(bytes: Uint8Array): T;
}

/** Values are bytes. They are shared with other callers: read them, never write to them. */
export const bytes: Codec<Uint8Array> = {
  encode: (value) => value,
  decode: (value) => value,
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Values are strings; lone surrogates become U+FFFD, as UTF-8 cannot carry them. */
export const utf8: Codec<string> = {
  encode: (value) => Buffer.from(value, 'utf8'),
  decode: (value) => decoder.decode(value),
};

/** Values are what JSON can say of a `T`. What comes back is taken to be a `T`, not checked: check it where it matters. */
export function json<T>(): Codec<T> {
  return {
    encode: (value) => Buffer.from(JSON.stringify(value), 'utf8'),
    decode: (value) => JSON.parse(decoder.decode(value)) as T,
  };
}
