// The promises, checked against a history.
//
// A get may see a write that is in progress, or not yet: keys are regular registers (Lamport, 1986). So what is checked of a
// read is what no order of the operations could explain: that it returns a value which an acknowledged write had replaced
// before the read began. Of the reads that no write overlaps linearizability asks one thing more, that all of them between
// the same two writes agree; a value that is gone is no contradiction, as entries are not durable.

import type { History, Read, Write } from './history.js';

export interface Violation {
  readonly check: string;
  readonly at: number;
  readonly text: string;
}

export function checkHistory(history: History): Violation[] {
  return [...staleInDatabase(history), ...staleInStore(history), ...disagreements(history)];
}

/** Of the group `db`: a read that begins after an update's bound returns that version of the database, or a later one. */
function staleInDatabase({ reads, writes }: History): Violation[] {
  const violations: Violation[] = [];
  for (const read of reads) {
    if (read.group !== 'db') continue;
    const ofKey = writes.filter((write) => write.group === 'db' && write.key === read.key);
    const bound = ofKey.filter((write) => write.boundAt < read.start);
    if (read.value !== undefined) {
      const version = versionOf(read.value);
      const newer = bound.find((write) => versionOf(write.value) > version);
      if (newer !== undefined) violations.push(stale(read, newer));
      continue;
    }
    // That there is no row is true from its removal on, until a later version's bound.
    const least = Math.max(-1, ...bound.map((write) => versionOf(write.value)));
    const removal = ofKey.find((write) => write.isAbsent && versionOf(write.value) >= least && write.start <= read.end);
    const last = bound.find((write) => versionOf(write.value) === least);
    if (removal !== undefined) continue;
    if (last !== undefined) violations.push(stale(read, last));
    else violations.push({ check: 'a row that was never removed is missing', at: read.end, text: tell(read) });
  }
  return violations;
}

/** Of the group `kv`: the value was written, by a write that no other one had replaced when the read began. */
function staleInStore({ reads, writes }: History): Violation[] {
  const violations: Violation[] = [];
  for (const read of reads) {
    if (read.group !== 'kv' || read.value === undefined) continue;
    const from = writes.find((write) => write.group === 'kv' && write.key === read.key && write.value === read.value);
    if (from === undefined || from.start > read.end) {
      violations.push({ check: 'a value that nobody wrote', at: read.end, text: tell(read) });
      continue;
    }
    const replaced = writes.find(
      (write) => write !== from && isOf(write, read) && from.end < write.start && write.boundAt < read.start,
    );
    if (replaced !== undefined) violations.push(stale(read, replaced));
  }
  return violations;
}

/** Reads of `kv` that no write overlaps, between the same writes, return the same value, if they return one. */
function disagreements({ reads, writes }: History): Violation[] {
  const violations: Violation[] = [];
  const seen = new Map<string, Read>();
  for (const read of reads) {
    if (read.group !== 'kv' || read.value === undefined) continue;
    const near = writes.filter((write) => isOf(write, read) && write.start <= read.end);
    // A write that not everybody knows of may show here and not there, until its bound.
    if (near.some((write) => Math.max(write.end, write.boundAt) >= read.start)) continue;
    const name = `${read.key} ${near.length}`; // near only grows, so its length names the stretch
    const first = seen.get(name);
    if (first === undefined) seen.set(name, read);
    else if (first.value !== read.value) {
      const text = `${tell(first)}, but ${tell(read)}, with no write in between`;
      violations.push({ check: 'reads disagree', at: read.end, text });
    }
  }
  return violations;
}

function isOf(write: Write, read: Read): boolean {
  return write.group === read.group && (write.key === undefined || write.key === read.key);
}

function versionOf(value: string | undefined): number {
  return value === undefined ? -1 : Number(value.slice(value.lastIndexOf(':') + 1));
}

function stale(read: Read, write: Write): Violation {
  const what =
    write.value === undefined ? 'deleted' : `${write.isAbsent ? 'removed as' : 'set to'} ${told(write.value)}`;
  const when = `by ${write.via} from ${ms(write.start)} to ${ms(write.end)}`;
  const untold = write.isSilent ? 'told to nobody' : 'not told to all';
  const bound = write.outcome === 'all' ? '' : `, ${untold}, with a bound at ${ms(write.boundAt)}`;
  const check = write.isSilent
    ? 'older than its time to live'
    : write.outcome === 'all'
      ? 'older than an acknowledged write'
      : 'staler than the bound';
  return { check, at: read.end, text: `${tell(read)}, though it was ${what} ${when}${bound}` };
}

function tell({ via, group, key, value, start, end }: Read): string {
  return `${via} read ${group}/${key} = ${told(value)} from ${ms(start)} to ${ms(end)}`;
}

/** A value as stories tell it: without what only fills it up. */
export function told(value: string | undefined): string {
  return value?.replace(/^\.+/, '') ?? 'nothing';
}

export function ms(at: number): string {
  return at === Number.POSITIVE_INFINITY ? 'never' : `${at.toFixed(1)} ms`;
}
