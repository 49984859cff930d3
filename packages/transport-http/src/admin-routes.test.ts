import { afterEach, expect, test } from '@jest/globals';
import type { GroupStats, Member } from '@ringcache/cache-core';

import { start, stopAll } from './testing/start.js';

afterEach(stopAll);

test('members is the ring as the node sees it', async () => {
  const { json, node } = await start();
  const other = { id: 'other', grpc: '127.0.0.1:1', http: '', weight: 2 };
  node.peers.update([node.peers.self, other], true);
  expect(await json('/v1/admin/members')).toEqual(node.peers.view());
});

test("owner is the ring's, with its hash, its point and its successor", async () => {
  const { json, node } = await start();
  const { hash, point } = node.peers.ring.locate('k');
  const [self] = node.peers.view().members;
  expect(await json('/v1/admin/owner?key=k')).toEqual({ key: 'k', hash, point, owner: self });
  node.peers.update([node.peers.self, { id: 'other', grpc: '', http: '', weight: 1 }]);
  type Owners = { owner: Member; successor: Member };
  const { owner, successor } = await json<Owners>('/v1/admin/owner?key=%E5%BC%A0%E4%B8%89');
  expect(node.peers.ring.owners('张三', 2)).toMatchObject([owner, successor]);
  expect(Object.keys(owner)).not.toContain('incarnation');
});

test.each(['/v1/admin/owner', '/v1/admin/owner?key=', '/v1/admin/owner?key=%ff'])('%s is refused', async (path) => {
  const { ask } = await start();
  expect((await ask(path)).status).toBe(400);
});

test("stats are the groups' own, all of them or the one that is named", async () => {
  const { ask, json, node } = await start({ groups: { g: () => Buffer.from('v'), h: undefined } });
  await ask('/v1/groups/g/keys/k');
  await ask('/v1/groups/g/keys/k');
  const all = await json<{ groups: GroupStats[] }>('/v1/admin/stats');
  expect(all.groups.map(({ group }) => group)).toEqual(['g', 'h']);
  expect(all.groups[0]).toEqual({ ...node.groups.get('g')!.stats() });
  expect(all.groups[0]).toMatchObject({ gets: 2, hits: 1, misses: 1, loads: 1 });
  const one = await json<{ groups: GroupStats[] }>('/v1/admin/stats?group=h');
  expect(one.groups).toHaveLength(1);
  expect((await ask('/v1/admin/stats?group=x')).status).toBe(404);
});
