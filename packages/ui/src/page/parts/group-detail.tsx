import type { Percentiles } from '@ringcache/cache-core';

import { history } from '../model/cluster.js';
import { count, milliseconds, UNKNOWN } from '../model/format.js';
import type { GroupPart, WholeGroup } from '../model/groups.js';
import { CurveChart } from './curve-chart.js';
import { HitChart } from './hit-chart.js';
import { ScrollArea } from './scroll-area.js';

const CAUSES: Readonly<Record<string, string>> = {
  evicted: 'evicted for room',
  expired: 'expired',
  deleted: 'deleted',
  replaced: 'replaced',
  oversized: 'too large to be kept',
};

/** All that is known of one group. */
export function GroupDetail({ group }: { group: WholeGroup }) {
  history.version.value; // read, so that a new point draws the chart again
  return (
    <div class="detail">
      <div class="detail-chart">
        <h3>Hit ratio of {group.name}</h3>
        <HitChart points={[...history.of(group.name)]} />
      </div>
      <div class="detail-chart">
        <h3>Misses by memory</h3>
        <CurveChart parts={group.parts} />
      </div>
      <div>
        <h3>Load latency, since start</h3>
        <Latencies parts={group.parts} of="loadMs" none="Nothing was loaded." />
        <h3>Fetch latency, since start</h3>
        <Latencies parts={group.parts} of="fetchMs" none="Nothing was fetched from another member." />
        <h3>Counted since start</h3>
        <Counted parts={group.parts} />
      </div>
      <div>
        <h3>Entries that left, by cause</h3>
        <Removals parts={group.parts} />
        <h3>Policy</h3>
        <Policy parts={group.parts} />
      </div>
    </div>
  );
}

function Latencies({ parts, of, none }: { parts: readonly GroupPart[]; of: 'loadMs' | 'fetchMs'; none: string }) {
  const known = parts.flatMap(({ id, report }) => (report[of] === undefined ? [] : [{ id, times: report[of] }]));
  if (known.length === 0) return <p class="empty">{none}</p>;
  return (
    <ScrollArea label="Table of latencies">
      <table>
        <thead>
          <tr>
            <th scope="col">Member</th>
            {['Count', 'p50', 'p90', 'p99', 'Longest'].map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {known.map(({ id, times }) => (
            <LatencyRow key={id} id={id} times={times} />
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function LatencyRow({ id, times }: { id: string; times: Percentiles }) {
  return (
    <tr>
      <th scope="row">{id}</th>
      <td class="number">{count(times.count)}</td>
      <td class="number">{milliseconds(times.p50)}</td>
      <td class="number">{milliseconds(times.p90)}</td>
      <td class="number">{milliseconds(times.p99)}</td>
      <td class="number">{milliseconds(times.max)}</td>
    </tr>
  );
}

function Removals({ parts }: { parts: readonly GroupPart[] }) {
  const causes = new Map<string, number>();
  for (const { report } of parts) {
    for (const [cause, times] of Object.entries(report.removals)) causes.set(cause, (causes.get(cause) ?? 0) + times);
  }
  const most = Math.max(...causes.values());
  if (most <= 0) return <p class="empty">None has left.</p>;
  return (
    <ul class="bars">
      {[...causes].map(([cause, times]) => (
        <li key={cause}>
          <span>{CAUSES[cause] ?? cause}</span>
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${(times / most) * 100}%` }} />
          </span>
          <span class="number">{count(times)}</span>
        </li>
      ))}
    </ul>
  );
}

/** What is in force, and why, said once where the members agree. */
function Policy({ parts }: { parts: readonly GroupPart[] }) {
  const said = new Map<string, string[]>();
  for (const { id, report } of parts) {
    const { name, choice } = report.policy;
    const text = choice === undefined ? name : `${name}: ${choice}`;
    said.set(text, [...(said.get(text) ?? []), id]);
  }
  return (
    <ul class="plain note">
      {[...said].map(([text, ids]) => (
        <li key={text}>
          {text}
          {said.size > 1 && <span class="note"> at {ids.join(', ')}</span>}
        </li>
      ))}
    </ul>
  );
}

function Counted({ parts }: { parts: readonly GroupPart[] }) {
  const sum = (of: (part: GroupPart) => number) => count(parts.reduce((total, part) => total + of(part), 0));
  const rows: [string, string][] = [
    ['Gets of clients', sum(({ report }) => report.gets)],
    ['Asked by members', sum(({ report }) => report.serves)],
    ['Fetches', sum(({ report }) => report.fetches)],
    ['Loads', sum(({ report }) => report.loads)],
    ['Failed loads', sum(({ report }) => report.loadErrors)],
    ['In flight now', sum(({ report }) => report.flights.loads + report.flights.fetches)],
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <Row key={name} name={name} value={parts.length === 0 ? UNKNOWN : value} />
      ))}
    </dl>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd class="number">{value}</dd>
    </>
  );
}
