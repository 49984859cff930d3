import type { Listed } from '@ringcache/discovery';
import Table from 'cli-table3';
import { color } from './color.js';

/** Prints for a person, or for a program. Standard output holds nothing but the answer; all else goes to standard error. */
export interface Output {
  /** One document: JSON, or the text for people. */
  document(value: unknown, text: () => string): void;
  /** One line of a stream: JSON, or the text for people. */
  line(value: unknown, text: string): void;
  /** To standard error. */
  note(text: string): void;
}

export function outputFor({ json }: { json: boolean }): Output {
  const print = (text: string) => text !== '' && process.stdout.write(`${text}\n`);
  return {
    document: (value, text) => print(json ? JSON.stringify(value, null, 2) : text()),
    line: (value, text) => print(json ? JSON.stringify(value) : text),
    note: (text) => process.stderr.write(`${text}\n`),
  };
}

/** A table of members; `results` adds a column in front, of what happened to each. */
export function memberTable(members: readonly Listed[], results?: readonly string[]): string {
  const head = ['id', 'grpc', 'http', 'weight', 'stays'];
  const table = new Table({
    head: (results ? ['', ...head] : head).map((title) => color.bold(title)),
    style: { head: [], border: color.isColorSupported ? ['gray'] : [] },
  });
  members.forEach((member, i) => {
    const row = [member.id, member.grpc || '-', member.http || '-', `${member.weight}`, stays(member)];
    table.push(results ? [results[i] ?? '', ...row] : row);
  });
  return table.toString();
}

function stays({ leased, ttlMs = 0 }: Listed): string {
  return leased ? `${Math.ceil(ttlMs / 1000)} s unless renewed` : 'until deleted';
}
