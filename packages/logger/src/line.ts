import type { Colors } from './colors.js';
import { escaped, quotedIfNeeded } from './escape.js';
import type { Plain, PlainMap } from './plain.js';

/** One thing to log, ready to be written in either form. */
export interface Entry {
  readonly at: Date;
  readonly level: string;
  readonly name: string;
  readonly message: string;
  readonly fields: PlainMap;
}

const OURS = new Set(['ts', 'level', 'name', 'msg']);

/** One JSON object; a field with the name of one of ours gets a `_` after it. */
export function jsonLine({ at, level, name, message, fields }: Entry): string {
  const line: PlainMap = Object.assign(Object.create(null), { ts: at.toISOString(), level, name, msg: message });
  for (const [key, value] of Object.entries(fields)) line[OURS.has(key) ? `${key}_` : key] = value;
  return escaped(JSON.stringify(line));
}

/** `HH:mm:ss.SSS LEVEL name message key=value …` in local time; a stack follows on lines of its own, indented. */
export function prettyLine({ at, level, name, message, fields }: Entry, colors: Colors): string {
  const stacks: string[] = [];
  const parts = [colors.dim(timeOf(at)), levelOf(level, colors), colors.cyan(escaped(name)), escaped(message)];
  for (const [key, value] of leaves(fields)) {
    if (/(^|\.)stack$/.test(key) && typeof value === 'string') stacks.push(stackOf(value));
    else parts.push(`${colors.dim(`${quotedIfNeeded(key)}=`)}${shown(key, value)}`);
  }
  return [parts.filter((part) => part !== '').join(' '), ...stacks.map((stack) => colors.dim(stack))].join('\n');
}

function timeOf(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

function levelOf(level: string, colors: Colors): string {
  const text = level.toUpperCase().padEnd(5);
  if (level === 'error') return colors.red(text);
  if (level === 'warn') return colors.yellow(text);
  return level === 'info' ? colors.green(text) : colors.dim(text);
}

/** `error.cause.code=…` reads better than JSON in a line; lists stay together. */
function* leaves(fields: PlainMap, prefix = ''): Generator<[key: string, value: Plain]> {
  for (const [key, value] of Object.entries(fields)) {
    const path = `${prefix}${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) yield* leaves(value, `${path}.`);
    else yield [path, value];
  }
}

/** Enough of a request's id to tell it from those around it; JSON lines have all of it. */
const SHORT_ID = 8;

function shown(key: string, value: Plain): string {
  if (typeof value !== 'string') return escaped(JSON.stringify(value));
  return quotedIfNeeded(key === 'requestId' ? value.slice(0, SHORT_ID) : value);
}

/** Every line of it is indented, so that none can pass for a line of the log, whatever the error's message holds. */
function stackOf(stack: string): string {
  return stack
    .split('\n')
    .map((line) => `    ${escaped(line.trim())}`)
    .join('\n');
}
