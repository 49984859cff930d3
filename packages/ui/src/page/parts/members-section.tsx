import type { MemberView } from '../../api.js';
import { cluster, members, rates, ring } from '../model/cluster.js';
import { bytes, milliseconds, percent, rate, span, UNKNOWN } from '../model/format.js';
import { memberColour } from '../model/member-colour.js';
import { divergence } from '../model/notices.js';
import { ScrollArea } from './scroll-area.js';
import { StateLabel } from './state-label.js';

const SLOW_LOOP_MS = 100; // of event-loop delay: requests wait as long

export function MembersSection() {
  if (cluster.value === undefined) return <p class="empty">Waiting for the first answers.</p>;
  const hasReports = cluster.value.reports;
  const diverging = new Set(divergence(members.value, ring.value).map(({ member }) => member.id));
  return (
    <ScrollArea label="Table of members">
      <table>
        <thead>
          <tr>
            <th scope="col">Member</th>
            <th scope="col">State</th>
            <th scope="col">HTTP</th>
            {hasReports && <ReportHeads />}
          </tr>
        </thead>
        <tbody>
          {members.value.map((view) => (
            <MemberRow
              key={view.member.id}
              view={view}
              isDiverging={diverging.has(view.member.id)}
              hasReports={hasReports}
            />
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function ReportHeads() {
  return (
    <>
      <th scope="col">Version</th>
      <th scope="col">Ring</th>
      <NumberHead name="Uptime" />
      <NumberHead name="Loop delay" title="of the event loop, 99th percentile of the last ten seconds" />
      <NumberHead name="CPU" title="of one core, over the last ten seconds" />
      <NumberHead name="Memory" title="resident set" />
      <NumberHead name="Gets/s" title="of clients" />
      <NumberHead name="Forwarded/s" title="asked of the owner" />
      <NumberHead name="Loads/s" title="from the origin" />
    </>
  );
}

function NumberHead({ name, title }: { name: string; title?: string }) {
  return (
    <th scope="col" class="number" title={title}>
      {name}
    </th>
  );
}

function MemberRow(props: { view: MemberView; isDiverging: boolean; hasReports: boolean }) {
  const { view, isDiverging, hasReports } = props;
  const { member, leftAt, problem } = view;
  return (
    <tr class={leftAt === undefined ? '' : 'is-gone'} data-member={member.id} data-state={view.state}>
      <th scope="row">
        <span class="swatch" style={{ background: memberColour.value(member.id) }} />
        {member.id}
      </th>
      <td>
        <StateLabel view={view} />
      </td>
      <td>{member.http === '' ? UNKNOWN : <PageLink address={member.http} />}</td>
      {hasReports && (problem !== undefined || view.report === undefined || view.state === 'gone') && (
        <td colSpan={9} class="problem">
          {leftAt !== undefined ? 'left the ring' : (problem ?? 'not asked yet')}
        </td>
      )}
      {hasReports && problem === undefined && view.state !== 'gone' && view.report !== undefined && (
        <ReportCells report={view.report} isDiverging={isDiverging} />
      )}
    </tr>
  );
}

function ReportCells({ report, isDiverging }: { report: NonNullable<MemberView['report']>; isDiverging: boolean }) {
  const { process, uptimeMs, version } = report;
  const traffic = rates.value?.members.get(report.member.id);
  const { p99 } = process.eventLoopDelayMs;
  return (
    <>
      <td>{version}</td>
      <td class={isDiverging ? 'mono is-warning' : 'mono'}>
        {report.ring.fingerprint.slice(0, 8)}
        {isDiverging && <span class="tag is-warning">differs</span>}
      </td>
      <td class="number">{span(uptimeMs)}</td>
      <td class={p99 > SLOW_LOOP_MS ? 'number is-warning' : 'number'}>{milliseconds(p99)}</td>
      <td class="number">{percent(process.cpu)}</td>
      <td class="number">{bytes(process.rssBytes)}</td>
      <td class="number">{rate(traffic?.gets)}</td>
      <td class="number">{rate(traffic?.fetches)}</td>
      <td class="number">{rate(traffic?.loads)}</td>
    </>
  );
}

/** To the same page as that member sees it. */
function PageLink({ address }: { address: string }) {
  return (
    <a href={`${location.protocol}//${address}/ui/`} rel="noreferrer">
      {address}
    </a>
  );
}
