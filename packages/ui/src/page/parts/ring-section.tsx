import type { MemberView } from '../../api.js';
import { members, ring } from '../model/cluster.js';
import { percent } from '../model/format.js';
import { found } from '../model/key-lookup.js';
import { memberColour } from '../model/member-colour.js';
import { RingPicture } from './ring-picture.js';
import { StateLabel } from './state-label.js';

/** The picture, and beside it the same in words. */
export function RingSection() {
  const picture = ring.value;
  if (picture === undefined) return <p class="empty">Waiting for the node's ring.</p>;
  const known = members.value;
  return (
    <div class="ring-area">
      <RingPicture picture={picture} members={known} found={found.value} />
      <ul class="legend" aria-label="Members and their shares of the ring">
        {known.map((each) => (
          <Legend key={each.member.id} view={each} share={picture.shares[each.member.id]} />
        ))}
      </ul>
      <p class="note">Outside: each member's share. Inside: who owns 360 evenly spaced places.</p>
    </div>
  );
}

function Legend({ view, share }: { view: MemberView; share: number | undefined }) {
  const { id } = view.member;
  const { value: key } = found;
  return (
    <li class={view.leftAt === undefined ? '' : 'is-gone'}>
      <span class="swatch" style={{ background: memberColour.value(id) }} />
      <span class="name">{id}</span>
      {key?.owner.id === id && <span class="tag">owner</span>}
      {key?.successor?.id === id && <span class="tag">successor</span>}
      <span class="number">{view.leftAt === undefined ? percent(share) : ''}</span>
      <StateLabel view={view} />
    </li>
  );
}
