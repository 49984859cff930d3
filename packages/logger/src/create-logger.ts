import winston, { type Logger } from 'winston';
import { colorsFor, isForced } from './colors.js';
import { fieldLayers, type RawEntry, replaceMethods } from './entry-methods.js';
import { type Entry, jsonLine, prettyLine } from './line.js';
import { plainFields, plainText } from './plain.js';

/** From the gravest on; a logger writes its own level and those before it. */
export const LEVELS = ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'] as const;
export type Level = (typeof LEVELS)[number];

export interface LoggerOptions {
  /** In each line: the program, or the part of it. */
  readonly name: string;
  /** Default `info`. Later `logger.level = 'debug'` changes it for the children too. */
  readonly level?: Level | undefined;
  /** Default `auto`: `pretty` if the stream is a terminal or FORCE_COLOR is set, else `json`. */
  readonly format?: 'auto' | 'pretty' | 'json' | undefined;
  /** Default standard output. It is never ended, and its errors end nothing. */
  readonly stream?: (NodeJS.WritableStream & { readonly isTTY?: boolean }) | undefined;
  /** For FORCE_COLOR, NO_COLOR and TERM only; default the process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Default the system's. */
  readonly now?: (() => Date) | undefined;
}

const MESSAGE = Symbol.for('message'); // where winston takes the finished line from

/**
 * A winston logger that writes one line an entry, and never throws for what it is given: cycles, BigInts, getters that
 * throw. Errors show their name, message, code and cause, and their stack while the level is `debug` or beyond.
 * A level that is off costs two comparisons, but its arguments are made all the same: ask `isDebugEnabled()` first where
 * lines are many. Fields called `ts`, `level`, `name` or `msg` get a `_` after it in JSON.
 * Not promised: that a line is out before `process.exit`; end with `await endLogger(logger)`.
 * @throws {RangeError} an unknown level, which winston would take for silence.
 */
export function createLogger(options: LoggerOptions): Logger {
  const {
    name,
    level = 'info',
    format = 'auto',
    stream = process.stdout,
    env = process.env,
    now = () => new Date(),
  } = options;
  if (!LEVELS.includes(level)) throw new RangeError(`level ${level} is none of ${LEVELS.join(', ')}`);
  const pretty = format === 'pretty' || (format === 'auto' && (stream.isTTY === true || isForced(env)));
  const colors = colorsFor(stream, env);
  const toLine = winston.format((info) => {
    const entry = entryOf(info as unknown as RawEntry);
    return Object.assign(info, { [MESSAGE]: pretty ? prettyLine(entry, colors) : jsonLine(entry) });
  });
  outliveErrors(stream);
  // The format is the transport's, which looks at the level first; a logger's own runs for lines that nobody writes.
  const transports = [new winston.transports.Stream({ stream, eol: '\n', format: toLine() })];
  const logger = winston.createLogger({ level, transports, format: winston.format((info) => info)() });
  replaceMethods(logger, LEVELS);
  endings.set(logger, new Promise((resolve) => logger.once('finish', resolve)));
  return logger;

  function entryOf(raw: RawEntry): Entry {
    const stacks = logger.isDebugEnabled();
    const fields = Object.assign(
      Object.create(null),
      ...fieldLayers(raw).map((layer) => plainFields(layer, { stacks })),
    );
    return { at: now(), level: raw.level, name, message: plainText(raw.message), fields };
  }
}

/** winston's streams are of a kind that has no `writableFinished` to ask. */
const endings = new WeakMap<Logger, Promise<void>>();

/**
 * Ends the log; resolved: every line has been handed to its stream. Lines that come later are dropped.
 * @throws {TypeError} `logger` is a child, or none of `createLogger`.
 */
export async function endLogger(logger: Logger): Promise<void> {
  const finished = endings.get(logger);
  if (finished === undefined) throw new TypeError('only what createLogger returned can be ended, not a child of it');
  if (logger.writable) logger.end();
  await finished;
}

const outlived = new WeakSet<object>();

/** A node whose log reader has gone (EPIPE) goes on serving; without a listener the error would end the process. */
function outliveErrors(stream: NodeJS.WritableStream): void {
  if (outlived.has(stream)) return;
  outlived.add(stream);
  stream.on('error', () => {});
}
