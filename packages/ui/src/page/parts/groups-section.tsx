import { cluster, rates, session } from '../model/cluster.js';
import { bytes, count, milliseconds, percent, rate, UNKNOWN } from '../model/format.js';
import { selectedGroup, selectGroup, type WholeGroup, wholeGroups } from '../model/groups.js';
import { GroupDetail } from './group-detail.js';
import { ScrollArea } from './scroll-area.js';

export function GroupsSection() {
  if (session.value?.admin === false)
    return <p class="empty">The role admin is needed to see the figures of groups.</p>;
  if (cluster.value === undefined) return <p class="empty">Waiting for the first answers.</p>;
  const groups = wholeGroups.value;
  const selected = groups.find(({ name }) => name === selectedGroup.value);
  if (selected === undefined)
    return <p class="empty">This node has no groups: name some under groups in its configuration.</p>;
  return (
    <>
      <ScrollArea label="Table of groups">
        <table class="choose">
          <thead>
            <tr>
              <th scope="col">Group</th>
              <th scope="col" class="number">
                Hit ratio
              </th>
              <th scope="col" class="number">
                Gets/s
              </th>
              <th scope="col" class="number">
                Loads/s
              </th>
              <th scope="col" class="number">
                Load p99
              </th>
              <th scope="col" class="number">
                Entries
              </th>
              <th scope="col" class="number">
                Memory
              </th>
              <th scope="col">
                <span class="fill">Of its limit</span>
              </th>
              <th scope="col">Policy</th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <GroupRow key={group.name} group={group} isSelected={group === selected} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {selected.parts.length === 0 ? (
        <p class="empty">No member has reported on it.</p>
      ) : (
        <GroupDetail group={selected} />
      )}
    </>
  );
}

function GroupRow({ group, isSelected }: { group: WholeGroup; isSelected: boolean }) {
  const traffic = rates.value?.groups.get(group.name);
  const policies = [...new Set(group.parts.map(({ report }) => report.policy.name))];
  return (
    <tr class={isSelected ? 'is-selected' : ''} data-group={group.name}>
      <th scope="row">
        <button type="button" class="link" aria-pressed={isSelected} onClick={() => selectGroup(group.name)}>
          {group.name}
        </button>
      </th>
      <td class="number">{percent(group.hitRatio)}</td>
      <td class="number">{rate(traffic?.gets)}</td>
      <td class="number">{rate(traffic?.loads)}</td>
      <td class="number">{milliseconds(group.loadP99)}</td>
      <td class="number">{count(group.entries)}</td>
      <td class="number">{bytes(group.bytes)}</td>
      <td>
        <Fill bytes={group.bytes} maxBytes={group.maxBytes} />
      </td>
      <td>{policies.length === 0 ? UNKNOWN : policies.join(', ')}</td>
    </tr>
  );
}

function Fill({ bytes: held, maxBytes }: { bytes: number; maxBytes: number }) {
  const share = maxBytes === 0 ? 0 : Math.min(1, held / maxBytes);
  return (
    <span class="fill">
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      {percent(share)} of {bytes(maxBytes)}
    </span>
  );
}
