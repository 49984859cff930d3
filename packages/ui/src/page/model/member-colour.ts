import { computed } from '@preact/signals';

import { members, ring } from './cluster.js';

const COLOURS = 8; // --member-0 to --member-7 in tokens.css; then they begin again, and names tell them apart

/** CSS colours by member id. A member keeps its colour for as long as the page is open, whoever comes and goes. */
export const memberColour = computed(() => {
  const ids = [
    ...(ring.value?.view.members.map(({ id }) => id) ?? []),
    ...members.value.map(({ member }) => member.id),
  ];
  for (const id of ids) if (!given.has(id)) given.set(id, given.size % COLOURS);
  return (id: string) => `var(--member-${given.get(id) ?? 0})`;
});

const given = new Map<string, number>();
