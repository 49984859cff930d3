// winston's own methods change what they are given: they set `level` on it (and throw if it is frozen), append a field
// called `message` to the message, drop the fields if the message holds a `%s`, and let a getter's error through to the
// caller. Keys, values and errors of strangers are logged here, so the methods are replaced by ones that only read.

import type { Logger } from 'winston';

/** What winston routes by; `Symbol.for('level')` is the documented name of triple-beam's LEVEL. */
const LEVEL = Symbol.for('level');
/** The caller's fields, out of the way of winston's own names. */
const FIELDS = Symbol('fields');

/** What reaches the format: a line with its fields unread, and those of child loggers as further properties. */
export interface RawEntry {
  readonly level: string;
  readonly message: unknown;
  readonly [FIELDS]?: object;
}

/** Puts methods that never throw, one for each level and `log`, in the place of winston's; children have them too. */
export function replaceMethods(logger: Logger, levels: readonly string[]): void {
  for (const level of levels) {
    // `this` may be a child, with a `write` of its own that adds its fields.
    define(logger, level, function (this: Logger, ...given: unknown[]) {
      return write(this, level, given);
    });
  }
  define(logger, 'log', function (this: Logger, level: unknown, ...given: unknown[]) {
    return isObject(level) ? logInfo(this, level) : write(this, String(level), given);
  });
}

/** winston's form of one object, `{ level, message, … }`; its own handlers of uncaught errors use it. */
function logInfo(logger: Logger, info: object): Logger {
  try {
    const { level, message, ...fields } = info as Record<string, unknown>;
    return write(logger, String(level), [message, fields]);
  } catch {
    return write(logger, 'error', ['an entry that cannot be read']); // a getter of the caller's threw
  }
}

function define(logger: Logger, name: string, method: (this: Logger, ...given: unknown[]) => Logger): void {
  Object.defineProperty(logger, name, { value: method, configurable: true, writable: true });
}

function write(logger: Logger, level: string, given: readonly unknown[]): Logger {
  // A line after the end of the log (a late answer during shutdown) would be an error event that ends the process.
  const ended = !logger.writable || logger.transports.length === 0;
  if (ended || !logger.isLevelEnabled(level)) return logger;
  const [message, fields] = messageAndFields(given);
  const entry = { [LEVEL]: level, level, message, [FIELDS]: fields };
  writeThrough(logger, entry);
  return logger;
}

/** Only the fields of a child can throw here, on their being copied; the line is worth more than they are. */
function writeThrough(logger: Logger, entry: RawEntry): void {
  try {
    logger.write(entry as never);
  } catch {
    const parent: Logger = Object.getPrototypeOf(logger);
    if (Object.hasOwn(logger, 'write')) writeThrough(parent, entry);
  }
}

/** `(message)`, `(message, fields)`, `(message, error)`, `(error)` or `(fields)`; what else is given goes into `more`. */
function messageAndFields(given: readonly unknown[]): [message: unknown, fields: object] {
  const [first] = given;
  const [message, fields, ...more] = isObject(first) ? [messageOf(first), ...given] : given;
  if (!isObject(fields)) return [message, fields === undefined ? {} : { more: [fields, ...more] }];
  const named = isError(fields) ? { error: fields } : fields;
  return [message, more.length === 0 ? named : { fields: named, more }];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A proxy can refuse even this question. */
function isError(value: object): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function messageOf(value: object): string {
  try {
    return value instanceof Error ? value.message : '';
  } catch {
    return ''; // a proxy, or a getter that throws
  }
}

/** What is to be read, later ones going before earlier ones: the fields of child loggers, then those of the call. */
export function fieldLayers(entry: RawEntry): object[] {
  const { level: _level, message: _message, [FIELDS]: own = {}, ...ofChildren } = entry;
  return [ofChildren, own];
}
