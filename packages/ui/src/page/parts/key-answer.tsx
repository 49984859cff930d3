import type { HeldReport } from '@ringcache/cache-core';
import type { KeyAtMember, KeyView } from '../../api.js';
import { bytes, percent, span, UNKNOWN } from '../model/format.js';
import { byId } from '../model/id-order.js';
import { memberColour } from '../model/member-colour.js';
import { bytesOfBase64, previewOf } from '../model/preview.js';
import { ScrollArea } from './scroll-area.js';
import { Bytes } from './value-preview.js';

/** Whose a key is, and who holds what of it. @param hasValue the value itself is shown beside it. */
export function KeyAnswer({ view, hasValue }: { view: KeyView; hasValue: boolean }) {
  const held = view.members.find(({ held }) => held !== undefined && !held.absent)?.held;
  return (
    <>
      <dl class="facts">
        <dt>Owner</dt>
        <dd>
          <Id id={view.owner.id} />
        </dd>
        <dt>Successor</dt>
        <dd>{view.successor === undefined ? 'none: the ring has one member' : <Id id={view.successor.id} />}</dd>
        <dt>On the ring</dt>
        <dd>
          at {percent(view.at)}, hash <span class="mono">{view.hash}</span>
        </dd>
      </dl>
      <ScrollArea label="Table of who holds the key">
        <table class="held">
          <thead>
            <tr>
              <th scope="col">Member</th>
              <th scope="col">Holds</th>
              <th scope="col" class="number">
                Age
              </th>
              <th scope="col" class="number">
                Expires in
              </th>
              <th scope="col" class="number">
                Version
              </th>
              <th scope="col" class="number">
                Size
              </th>
            </tr>
          </thead>
          <tbody>
            {[...view.members]
              .sort((a, b) => byId(a.id, b.id))
              .map((each) => (
                <HeldRow key={each.id} at={each} />
              ))}
          </tbody>
        </table>
      </ScrollArea>
      {held !== undefined && !hasValue && <HeldPreview held={held} />}
    </>
  );
}

function Id({ id }: { id: string }) {
  return (
    <>
      <span class="swatch" style={{ background: memberColour.value(id) }} />
      {id}
    </>
  );
}

function HeldRow({ at: { id, held, problem } }: { at: KeyAtMember }) {
  return (
    <tr>
      <th scope="row">{id}</th>
      {held === undefined ? (
        <td colSpan={5} class={problem === undefined ? 'nothing' : 'problem'}>
          {problem ?? 'nothing'}
        </td>
      ) : (
        <HeldCells held={held} />
      )}
    </tr>
  );
}

function HeldCells({ held }: { held: HeldReport }) {
  return (
    <>
      <td>
        {held.in === 'main' ? 'as owner' : 'a hot copy'}
        {held.absent && <span class="tag">no such key</span>}
      </td>
      <td class="number">{held.ageMs === undefined ? UNKNOWN : span(held.ageMs)}</td>
      <td class="number">{expiry(held.ttlMs)}</td>
      <td class="number">{held.version}</td>
      <td class="number">{held.absent ? UNKNOWN : bytes(held.bytes)}</td>
    </>
  );
}

function expiry(ttlMs: number | undefined): string {
  if (ttlMs === undefined) return 'never';
  return ttlMs <= 0 ? 'expired' : span(ttlMs);
}

function HeldPreview({ held }: { held: HeldReport }) {
  const shown = bytesOfBase64(held.previewBase64);
  const isCut = held.bytes > shown.length;
  return <Bytes title="Held value" preview={previewOf(shown, isCut)} shown={shown.length} total={held.bytes} />;
}
