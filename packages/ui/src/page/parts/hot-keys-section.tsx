import type { HotKeysView } from '../../api.js';
import { count, cut } from '../model/format.js';
import { selectedGroup } from '../model/groups.js';
import { lookUp } from '../model/key-lookup.js';
import { visible } from '../model/preview.js';
import { type Polled, usePolled } from './polled.js';
import { Problems } from './problems.js';

const ASK_EVERY_MS = 5_000;
const SHOWN = 10;

export function HotKeysSection() {
  const group = selectedGroup.value;
  if (group === '') return <p class="empty">There is no group.</p>;
  return <HotKeys group={group} />;
}

function HotKeys({ group }: { group: string }) {
  const query = new URLSearchParams({ group, limit: String(SHOWN) });
  const polled = usePolled<HotKeysView>(`api/hot-keys?${query}`, ASK_EVERY_MS);
  return (
    <>
      <p class="note">Of the group {group}, in the last minute, at the member that is asked most.</p>
      <Problems list={polled.value?.problems ?? []} problem={polled.problem} />
      <List polled={polled} group={group} />
    </>
  );
}

function List({ polled: { value }, group }: { polled: Polled<HotKeysView>; group: string }) {
  if (value === undefined) return null;
  if (value.keys.length === 0) return <p class="empty">No key stands out: hardly anybody asks.</p>;
  const most = value.keys[0]!.count;
  return (
    <ol class="bars">
      {value.keys.map((hot) => (
        <li key={hot.key}>
          <button type="button" class="link" onClick={() => void lookUp(group, hot.key)}>
            {cut(visible(hot.key), 60)}
          </button>
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${(hot.count / most) * 100}%` }} />
          </span>
          <span class="number">{count(hot.count)}</span>
        </li>
      ))}
    </ol>
  );
}
