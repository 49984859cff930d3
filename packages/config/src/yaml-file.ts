import { closeSync, openSync, readSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { ConfigError } from './config-error.js';
import type { Path } from './schema-path.js';

/** A configuration of a thousand members has a tenth of it; more is a wrong file, or an attack on memory. */
export const MAX_FILE_BYTES = 1024 * 1024;

export interface YamlFile {
  /** A map; of an empty file, an empty one. */
  readonly data: unknown;
  /** The line of what `path` leads to, or of as much of it as is there; undefined: nothing of it is. */
  lineOf(path: Path): number | undefined;
}

/** @throws {ConfigError} missing, over 1 MiB, not UTF-8, not one YAML document, or not a map. */
export function readYamlFile(file: string): YamlFile {
  const lines = new LineCounter();
  // prettyErrors would quote the line, and there may be a password on it.
  // Keys are names, as they are written: 007 is not 7.
  const options = { lineCounter: lines, prettyErrors: false, stringKeys: true };
  const document = parseDocument(readText(file), options);
  const problems = [...document.errors, ...document.warnings].map(
    ({ code, message, pos }) => `${file}:${lines.linePos(pos[0]).line}: ${CLEARER[code] ?? message}`,
  );
  if (problems.length > 0) throw new ConfigError(problems);
  refuseProto(file, document, lines);
  const data = toData(file, document);
  if (typeof data !== 'object' || Array.isArray(data)) throw new ConfigError([`${file}:1: must be a map of settings`]);
  return { data, lineOf: (path) => lineOf(document, path, lines) };
}

const CLEARER: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the same key is given twice',
  MULTIPLE_DOCS: 'must be one document: a second one begins here',
};

function readText(file: string): string {
  try {
    const bytes = readBounded(file);
    if (bytes.length > MAX_FILE_BYTES) throw new ConfigError([`${file}: is over 1 MiB`]);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([`${file}: ${reasonOf(error)}`], { cause: error });
  }
}

/** At most one byte over the limit. Its size isn't asked: a pipe, as in `--config <(…)`, has none. */
function readBounded(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EISDIR: 'is a folder',
    EACCES: 'may not be read by this user',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
  };
  return reasons[code ?? ''] ?? `can't be read: ${message}`;
}

/** zod's records pass over this name in silence; whoever wrote it would think it was heard. */
function refuseProto(file: string, document: Document, lines: LineCounter): void {
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      throw new ConfigError([`${file}:${lines.linePos(key.range?.[0] ?? 0).line}: __proto__ can't be a key`]);
    },
  });
}

function toData(file: string, document: Document): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    // An alias of nothing, or a few aliases of aliases that would grow into millions.
    throw new ConfigError([`${file}: ${(error as Error).message}`], { cause: error });
  }
}

function lineOf(document: Document, path: Path, lines: LineCounter): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key: name }) => isScalar(name) && String(name.value) === String(key));
      if (!pair || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0];
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(key)];
      if (item === undefined) break;
      node = item;
      offset = (item as { range?: [number, number, number] }).range?.[0] ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}
