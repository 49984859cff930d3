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
    const version = versionOf(read.value);
    for (const write of writes) {
      if (write.group !== 'db' || write.key !== read.key || write.boundAt >= read.start) continue;
      if (version >= versionOf(write.value)) continue;
      violations.push(stale(read, write));
      break;
    }
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
  const what = write.value === undefined ? 'deleted' : `set to ${write.value}`;
  const when = `by ${write.via} from ${ms(write.start)} to ${ms(write.end)}`;
  const bound = write.outcome === 'partial' ? `, not told to all, with a bound at ${ms(write.boundAt)}` : '';
  const check = write.outcome === 'partial' ? 'staler than the bound' : 'older than an acknowledged write';
  return { check, at: read.end, text: `${tell(read)}, though it was ${what} ${when}${bound}` };
}

function tell({ via, group, key, value, start, end }: Read): string {
  return `${via} read ${group}/${key} = ${value ?? 'nothing'} from ${ms(start)} to ${ms(end)}`;
}

export function ms(at: number): string {
  return at === Number.POSITIVE_INFINITY ? 'never' : `${at.toFixed(1)} ms`;
}
