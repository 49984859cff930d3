/** What JSON can say. */
export type Plain = string | number | boolean | null | Plain[] | PlainMap;
export type PlainMap = { [key: string]: Plain };

const MAX_DEPTH = 6;
/** Of one line, in all: a field that is a whole cache must not become a line of megabytes. */
const MAX_VALUES = 500;
const MAX_TEXT = 8 * 1024; // UTF-16 units; a stack trace fits

/** The fields of a line as JSON can say them, at most 500 values. Never throws. */
export function plainFields(fields: object, options: { readonly stacks: boolean }): PlainMap {
  const plain = new Plainer(options.stacks).of(fields);
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? plain : { fields: plain };
}

/** Never throws; longer than 8 Ki units, it is cut. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return cut(value);
  const plain = new Plainer(false).of(value);
  return typeof plain === 'string' ? plain : cut(JSON.stringify(plain));
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

class Plainer {
  readonly #stacks: boolean;
  /** From the root to the value at hand: met again, it is a cycle. */
  readonly #above = new Set<unknown>();
  #valuesLeft = MAX_VALUES;

  constructor(stacks: boolean) {
    this.#stacks = stacks;
  }

  of(value: unknown): Plain {
    if (this.#valuesLeft-- <= 0) return '<cut>';
    if (typeof value === 'string') return cut(value);
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'function') return '<function>';
    if (typeof value !== 'object') return cut(String(value)); // bigint, symbol, undefined
    if (this.#above.has(value)) return '<cycle>';
    if (this.#above.size >= MAX_DEPTH) return '<deeper>';
    this.#above.add(value);
    try {
      return this.#ofObject(value);
    } catch {
      // A toJSON or a proxy of the caller's that throws: that must cost neither the line nor the caller.
      return '<unreadable>';
    } finally {
      this.#above.delete(value);
    }
  }

  #ofObject(value: object): Plain {
    if (value instanceof Error) return this.#ofError(value);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `<${value.byteLength} bytes>`;
    if (Array.isArray(value) || value instanceof Set) return this.#ofList(value);
    if (value instanceof Map) return this.#ofParts(value.keys(), (key) => value.get(key));
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.of(value.toJSON());
    return this.#ofParts(Object.keys(value), (key) => (value as Record<string, unknown>)[key]);
  }

  #ofError(error: Error): Plain {
    const keys = ['name', 'message', 'code', ...(this.#stacks ? ['stack'] : []), 'cause', 'errors'];
    return this.#ofParts(keys, (key) => (error as unknown as Record<string, unknown>)[key]);
  }

  #ofList(values: Iterable<unknown>): Plain[] {
    const plain: Plain[] = [];
    for (const value of values) {
      plain.push(this.of(value));
      if (this.#valuesLeft < 0) break;
    }
    return plain;
  }

  #ofParts<K>(keys: Iterable<K>, get: (key: K) => unknown): PlainMap {
    const plain: PlainMap = Object.create(null); // a field may be called __proto__
    for (const key of keys) {
      const value = read(() => get(key));
      if (value !== undefined) plain[cut(String(key))] = this.of(value);
      if (this.#valuesLeft < 0) break;
    }
    return plain;
  }
}

/** A getter that throws costs its own field only. */
function read(get: () => unknown): unknown {
  try {
    return get();
  } catch {
    return '<unreadable>'; // what it threw tells of the getter, not of what the line is about
  }
}
