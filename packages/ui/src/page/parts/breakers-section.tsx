import { members } from '../model/cluster.js';
import { and } from '../model/format.js';

/** Who takes whom for being away. */
export function BreakersSection() {
  const suspected = members.value.filter(({ suspectedBy }) => suspectedBy.length > 0);
  if (suspected.length === 0) return <p class="empty">All are closed: no member has given another up.</p>;
  return (
    <ul class="plain">
      {suspected.map(({ member, suspectedBy }) => (
        <li key={member.id}>
          <strong>{member.id}</strong> is not asked by {and(suspectedBy)}: it did not answer.
        </li>
      ))}
    </ul>
  );
}
