import { useMemo } from 'preact/hooks';
import type { KeyView, MemberView, RingPicture as Picture } from '../../api.js';
import { cut, percent } from '../model/format.js';
import { memberColour } from '../model/member-colour.js';
import { visible } from '../model/preview.js';
import { bandPath, onCircle, placeRuns, shareArcs } from './arcs.js';
import { useMovingShares } from './moving-shares.js';

const SIZE = 200; // from the middle to the edge of the picture
const OUTER = { inner: 160, outer: 188 };
const INNER = { inner: 138, outer: 150 };
const GAP = 0.0025; // between two members' arcs, of a turn

export interface RingPictureProps {
  picture: Picture;
  members: readonly MemberView[];
  /** The key to be shown as a point. */
  found: KeyView | undefined;
}

/** Outside each member's share of the ring; inside who owns 360 evenly spaced places of it, and where a key lies. */
export function RingPicture({ picture, members, found }: RingPictureProps) {
  const shares = useMovingShares(picture.shares);
  const runs = useMemo(() => placeRuns(picture.places), [picture.places]);
  const colour = memberColour.value;
  const states = new Map(members.map(({ member, state }) => [member.id, state]));
  const ids = picture.view.members.map(({ id }) => id);
  return (
    <svg
      class="ring"
      viewBox={`${-SIZE} ${-SIZE} ${2 * SIZE} ${2 * SIZE}`}
      role="img"
      aria-labelledby="ring-title ring-desc"
    >
      <title id="ring-title">The ring</title>
      <desc id="ring-desc">{description(picture, found)}</desc>
      <defs>
        <pattern id="suspect" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="ring-hatch" width="3" height="7" />
        </pattern>
      </defs>
      {shareArcs(shares).map(({ id, from, to }) => {
        const gap = shares.size > 1 ? Math.min(GAP, (to - from) / 3) : 0;
        const path = bandPath(from + gap / 2, to - gap / 2, OUTER.inner, OUTER.outer);
        const state = states.get(id) ?? 'live';
        return (
          <g key={id} class={`ring-share ${roleOf(id, found)} is-${state}`} data-member={id} data-state={state}>
            <path d={path} style={{ fill: colour(id) }} />
            {state === 'suspect' && <path d={path} fill="url(#suspect)" />}
          </g>
        );
      })}
      <g class="ring-places" key={picture.view.fingerprint}>
        {runs.map(({ owner, from, to }) => (
          <path
            key={from}
            class={roleOf(ids[owner]!, found)}
            d={bandPath(from, to, INNER.inner, INNER.outer)}
            style={{ fill: colour(ids[owner]!) }}
          />
        ))}
      </g>
      {found === undefined ? <Middle picture={picture} /> : <KeyPoint found={found} />}
    </svg>
  );
}

function Middle({ picture }: { picture: Picture }) {
  const { members, fingerprint } = picture.view;
  return (
    <g class="ring-middle">
      <text class="ring-number" y="2">
        {members.length}
      </text>
      <text class="ring-word" y="28">
        {members.length === 1 ? 'member' : 'members'}
      </text>
      <text class="ring-hash" y="56">
        {fingerprint}
      </text>
    </g>
  );
}

function KeyPoint({ found }: { found: KeyView }) {
  const point = onCircle(found.at, (INNER.inner + INNER.outer) / 2);
  const line = onCircle(found.at, INNER.inner - 8);
  const start = onCircle(found.at, 76);
  return (
    <g data-key-at={found.at}>
      <line class="ring-line" x1={start.x} y1={start.y} x2={line.x} y2={line.y} />
      <circle class="ring-point" cx={point.x} cy={point.y} r="9" />
      <g class="ring-middle">
        <text class="ring-key" y="-12">
          {cut(visible(found.key), 16)}
        </text>
        <text class="ring-word" y="12">
          owned by
        </text>
        <text class="ring-owner" y="34">
          {cut(found.owner.id, 22)}
        </text>
      </g>
    </g>
  );
}

/** Owner and successor of the key stand out; without a key nobody does. */
function roleOf(id: string, found: KeyView | undefined): string {
  if (found === undefined) return '';
  if (id === found.owner.id) return 'is-owner';
  return id === found.successor?.id ? 'is-successor' : 'is-other';
}

function description({ view, shares }: Picture, found: KeyView | undefined): string {
  const parts = view.members.map(({ id }) => `${id} owns ${percent(shares[id])}`);
  const key =
    found &&
    `The key ${visible(found.key)} lies at ${percent(found.at)} of the way round and belongs to ${found.owner.id}`;
  return `${parts.join(', ')}. ${key === undefined ? '' : `${key}.`}`;
}
