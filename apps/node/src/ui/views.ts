import { type Admin, CacheError, type Member } from '@ringcache/cache-core';
import type { FlightsView, HotKeysView, HotKeyView, KeyView } from '@ringcache/ui';

import { askMembers } from './ask-members.js';

export interface Asking {
  /** Of the ring. */
  readonly members: readonly Member[];
  readonly adminOf: (member: Member) => Admin;
}

/** @throws {CacheError} `unavailable`: no member answered, not even this one. */
export async function keyView({ members, adminOf }: Asking, group: string, key: string): Promise<KeyView> {
  const { answers, problems } = await askMembers(members, adminOf, (admin, options) =>
    admin.inspect(group, key, options),
  );
  const first = answers[0]?.answer;
  if (first === undefined) {
    throw new CacheError('unavailable', problems.map(({ id, problem }) => `${id} ${problem}`).join('; '));
  }
  const { hash, at, owner, successor } = first;
  const held = answers.map(({ member, answer }) => ({ id: member.id, held: answer.held, problem: undefined }));
  const silent = problems.map(({ id, problem }) => ({ id, held: undefined, problem }));
  return { group, key, hash, at, owner, successor, members: [...held, ...silent] };
}

/** The most popular first, by how often the member that is asked most is asked. @param limit 1 to 1,000. */
export async function hotKeysView({ members, adminOf }: Asking, group: string, limit: number): Promise<HotKeysView> {
  const { answers, problems } = await askMembers(members, adminOf, (admin, options) =>
    admin.hotKeys(group, limit, options),
  );
  const found = new Map<string, HotKeyView['at'][number][]>();
  for (const { member, answer } of answers) {
    for (const { key, count, owned } of answer) {
      const at = found.get(key) ?? [];
      found.set(key, at);
      at.push({ id: member.id, count, owned });
    }
  }
  const keys = [...found].map(([key, at]) => ({ key, at, count: Math.max(...at.map(({ count }) => count)) }));
  keys.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  return { keys: keys.slice(0, limit), problems };
}

const MAX_FLIGHTS = 200;

/** The oldest first. */
export async function flightsView({ members, adminOf }: Asking): Promise<FlightsView> {
  const { answers, problems } = await askMembers(members, adminOf, (admin, options) => admin.flights(options));
  const flights = answers.flatMap(({ member, answer }) => answer.map((flight) => ({ ...flight, id: member.id })));
  flights.sort((a, b) => b.ageMs - a.ageMs);
  return { flights: flights.slice(0, MAX_FLIGHTS), problems };
}
