import Table from 'cli-table3';
import { stringify } from 'yaml';
import { color } from './color.js';
import type { OutputFormat } from './config.js';

/** Prints for a person, or for a program. Standard output holds nothing but the answer; all else goes to standard error. */
export interface Output {
  readonly format: OutputFormat;
  /** One document: JSON or YAML, or the text for people. */
  document(value: unknown, text: () => string): void;
  /** One of a stream of documents: JSON a line, YAML with `---` before it, or the text for people. */
  streamed(value: unknown, text: () => string): void;
  /** As it is. */
  bytes(value: Uint8Array): void;
  /** To standard error. */
  note(text: string): void;
}

export function outputFor(format: OutputFormat): Output {
  const print = (text: string) => text !== '' && process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return {
    format,
    document: (value, text) => {
      if (format === 'table') print(text());
      else
        print(format === 'json' ? JSON.stringify(value, null, 2) : stringify(value, { aliasDuplicateObjects: false }));
    },
    streamed: (value, text) => {
      if (format === 'table') print(text());
      else
        print(format === 'json' ? JSON.stringify(value) : `---\n${stringify(value, { aliasDuplicateObjects: false })}`);
    },
    bytes: (value) => void process.stdout.write(value),
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** Columns with no lines between them; numbers, which begin with `>` in the head, to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: head.map((title) => color.bold(title.replace(/^>/, ''))),
    colAligns: head.map((title) => (title.startsWith('>') ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: NO_LINES,
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((name) => [name, '']),
);
