import type { MemberView } from '../../api.js';
import { cluster } from '../model/cluster.js';
import { span } from '../model/format.js';

/** A member's state as a word; the mark before it differs in shape too, for who does not tell colours apart. */
export function StateLabel({ view }: { view: MemberView }) {
  const { state, leftAt } = view;
  const now = cluster.value?.at ?? 0;
  const since = state === 'gone' && leftAt !== undefined ? ` ${span(now - leftAt)} ago` : '';
  return (
    <span class={`state is-${state}`}>
      <span class="mark" aria-hidden="true" />
      {state}
      {since}
    </span>
  );
}
