import type { FlightsView } from '../../api.js';
import { count, cut, milliseconds, UNKNOWN } from '../model/format.js';
import { visible } from '../model/preview.js';
import { usePolled } from './polled.js';
import { Problems } from './problems.js';
import { ScrollArea } from './scroll-area.js';

const ASK_EVERY_MS = 2_000;
const SHOWN = 12;

/** Loads and fetches in progress, which all who ask for the key wait for. */
export function FlightsSection() {
  const { value, problem } = usePolled<FlightsView>('api/flights', ASK_EVERY_MS);
  return (
    <>
      <Problems list={value?.problems ?? []} problem={problem} />
      {value !== undefined && <Flights view={value} />}
    </>
  );
}

function Flights({ view: { flights } }: { view: FlightsView }) {
  if (flights.length === 0) return <p class="empty">Nothing is being loaded or fetched at this moment.</p>;
  return (
    <>
      <ScrollArea label="Table of flights">
        <table>
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Group</th>
              <th scope="col">Kind</th>
              <th scope="col">At</th>
              <th scope="col" class="number">
                For
              </th>
              <th scope="col" class="number">
                Waiting
              </th>
            </tr>
          </thead>
          <tbody>
            {flights.slice(0, SHOWN).map(({ id, group, key, kind, ageMs, waiting }) => (
              <tr key={`${id} ${kind} ${group} ${key}`}>
                <th scope="row">{cut(visible(key), 40)}</th>
                <td>{group}</td>
                <td>{kind}</td>
                <td>{id}</td>
                <td class="number">{milliseconds(ageMs)}</td>
                <td class="number">{waiting === undefined ? UNKNOWN : count(waiting)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {flights.length > SHOWN && <p class="note">and {count(flights.length - SHOWN)} more</p>}
    </>
  );
}
