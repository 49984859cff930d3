import { reporting } from '../model/cluster.js';
import { milliseconds, timeOfDay } from '../model/format.js';
import { visible } from '../model/preview.js';

const MAX_SHOWN = 6;

/** The last loads that failed, of all members and groups. */
export function FailuresSection() {
  const failures = reporting.value
    .flatMap(({ member, report }) =>
      report!.groups.flatMap(({ group, failures }) =>
        failures.map((failure) => ({ id: member.id, group, ...failure })),
      ),
    )
    .sort((a, b) => b.at - a.at);
  if (failures.length === 0) return <p class="empty">No load has failed.</p>;
  return (
    <ul class="events">
      {failures.slice(0, MAX_SHOWN).map(({ id, group, key, at, code, message, ms }) => (
        <li key={`${id} ${group} ${at} ${key}`}>
          <p>
            <time dateTime={new Date(at).toISOString()}>{timeOfDay(at)}</time> <strong>{visible(key)}</strong> in{' '}
            {group}
            <span class="tag">{code}</span>
          </p>
          <p class="note">
            {message} (after {milliseconds(ms)}, at {id})
          </p>
        </li>
      ))}
    </ul>
  );
}
