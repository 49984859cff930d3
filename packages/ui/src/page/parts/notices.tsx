import { cluster, connection, connectionProblem, ring, session } from '../model/cluster.js';
import { noticesOf } from '../model/notices.js';

const LIMITED =
  'Figures, hot keys and loads are for the role admin. Where a node has no tokens, that is whoever asks from its own machine.';

export function Notices() {
  const lost =
    connection.value === 'lost' ? [`${connectionProblem.value} Trying again; what is shown is of before.`] : [];
  const limited = session.value?.admin === false ? [LIMITED] : [];
  const warnings = [...lost, ...noticesOf(cluster.value, ring.value).map(({ text }) => text)];
  if (warnings.length + limited.length === 0) return null;
  return (
    <ul class="notices" aria-label="Notices">
      {warnings.map((text) => (
        <li key={text} class="is-warning">
          {text}
        </li>
      ))}
      {limited.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}
