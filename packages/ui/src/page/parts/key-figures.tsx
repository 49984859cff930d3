import { members, rates, reporting } from '../model/cluster.js';
import { bytes, percent, rate } from '../model/format.js';

/** Four numbers that say how the cluster fares. */
export function KeyFigures() {
  const groups = reporting.value.flatMap(({ report }) => report!.groups);
  if (groups.length === 0) return null;
  const { total } = rates.value ?? {};
  const held = groups.reduce((sum, group) => sum + group.bytes + group.hotBytes, 0);
  const limit = groups.reduce((sum, group) => sum + group.maxBytes, 0);
  const silent = members.value.filter(({ leftAt, problem }) => leftAt === undefined && problem !== undefined).length;
  return (
    <dl class="figures" aria-label={silent === 0 ? 'The whole cluster' : 'The members that answer'}>
      <Figure name="Gets a second" value={rate(total?.gets)} />
      <Figure
        name="Hit ratio"
        value={total === undefined || total.gets === 0 ? percent(undefined) : percent(total.hits / total.gets)}
      />
      <Figure name="Loads a second" value={rate(total?.loads)} />
      <Figure name="Held" value={bytes(held)} of={bytes(limit)} />
    </dl>
  );
}

function Figure({ name, value, of }: { name: string; value: string; of?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {of !== undefined && <span class="of"> of {of}</span>}
      </dd>
    </div>
  );
}
