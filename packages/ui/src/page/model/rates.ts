// Reports tell counters since start; what a person wants to see is how fast they rise, over the last few seconds.

import type { MemberReport } from '@ringcache/cache-core';

/** Per second. */
export interface Traffic {
  readonly gets: number;
  readonly hits: number;
  readonly fetches: number;
  readonly loads: number;
}

export interface Rates {
  readonly members: ReadonlyMap<string, Traffic>;
  /** Of all members together. */
  readonly groups: ReadonlyMap<string, Traffic>;
  readonly total: Traffic;
}

const WINDOW_MS = 5_000;
const NONE: Traffic = { gets: 0, hits: 0, fetches: 0, loads: 0 };

interface Sample {
  readonly uptimeMs: number;
  readonly pid: number;
  readonly groups: ReadonlyMap<string, Traffic>; // here: counts since start
}

export class RateTracker {
  readonly #samples = new Map<string, Sample[]>();

  /** @param reports the present one of each member; one that was given before is no news. */
  next(reports: readonly MemberReport[]): Rates | undefined {
    const present = new Set(reports.map(({ member }) => member.id));
    for (const id of this.#samples.keys()) if (!present.has(id)) this.#samples.delete(id);
    const members = new Map<string, Traffic>();
    const groups = new Map<string, Traffic>();
    for (const report of reports) {
      const { id } = report.member;
      const samples = this.#add(id, sampleOf(report));
      const perGroup = perSecond(samples);
      if (perGroup === undefined) continue;
      members.set(id, [...perGroup.values()].reduce(sum, NONE));
      for (const [group, traffic] of perGroup) groups.set(group, sum(groups.get(group) ?? NONE, traffic));
    }
    if (members.size === 0) return undefined;
    return { members, groups, total: [...members.values()].reduce(sum, NONE) };
  }

  clear(): void {
    this.#samples.clear();
  }

  #add(id: string, sample: Sample): readonly Sample[] {
    const known = this.#samples.get(id) ?? [];
    const last = known.at(-1);
    if (last?.pid === sample.pid && last.uptimeMs === sample.uptimeMs) return known;
    const isRestarted = last !== undefined && (last.pid !== sample.pid || last.uptimeMs > sample.uptimeMs);
    const kept = isRestarted ? [] : known;
    const samples = [...kept.filter(({ uptimeMs }, index) => keeps(kept, index, sample.uptimeMs, uptimeMs)), sample];
    this.#samples.set(id, samples);
    return samples;
  }
}

/** All within the window, and the last one before it, so that there are always two to compare. */
function keeps(samples: readonly Sample[], index: number, now: number, uptimeMs: number): boolean {
  return now - uptimeMs <= WINDOW_MS || index === samples.length - 1;
}

function sampleOf({ uptimeMs, process, groups }: MemberReport): Sample {
  return { uptimeMs, pid: process.pid, groups: new Map(groups.map((group) => [group.group, group])) };
}

function perSecond(samples: readonly Sample[]): Map<string, Traffic> | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  const seconds = (last.uptimeMs - first.uptimeMs) / 1_000;
  const rates = new Map<string, Traffic>();
  for (const [name, now] of last.groups) {
    const then = first.groups.get(name) ?? NONE;
    const rate = (what: keyof Traffic) => Math.max(0, now[what] - then[what]) / seconds;
    rates.set(name, { gets: rate('gets'), hits: rate('hits'), fetches: rate('fetches'), loads: rate('loads') });
  }
  return rates;
}

function sum(a: Traffic, b: Traffic): Traffic {
  return {
    gets: a.gets + b.gets,
    hits: a.hits + b.hits,
    fetches: a.fetches + b.fetches,
    loads: a.loads + b.loads,
  };
}
