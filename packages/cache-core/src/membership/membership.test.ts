import { afterEach, describe, expect, test } from '@jest/globals';

import { MembershipWorld, type WorldNode } from '../testing/membership-world.js';
import { seededRandom } from '../testing/random.js';
import { keyOf } from './view.js';

const worlds: MembershipWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.end();
});

function worldOf(seed = 1, options?: ConstructorParameters<typeof MembershipWorld>[1]): MembershipWorld {
  const world = new MembershipWorld(seededRandom(seed), options);
  worlds.push(world);
  return world;
}

/** A world of members that have found each other, what happened before forgotten. */
async function settledWorld(
  ids: readonly string[],
  seed = 1,
  options?: ConstructorParameters<typeof MembershipWorld>[1],
) {
  const world = worldOf(seed, options);
  for (const id of ids) world.start(id);
  await world.advance(30_000);
  expect(world.trouble()).toEqual([]);
  for (const node of world.nodes.values()) node.changes.length = node.gaps.length = 0;
  world.directory.writes = 0;
  return { world, nodes: ids.map((id) => world.nodes.get(id)!) };
}

/** Whether all may act, looked at over and over for so long. */
async function allActFor(world: MembershipWorld, ms: number, nodes: readonly WorldNode[]): Promise<boolean> {
  let all = true;
  for (let passed = 0; passed < ms; passed += 200) {
    await world.advance(200);
    all &&= nodes.every(({ membership }) => membership.mayAct && membership.isActive);
  }
  return all;
}

describe('the loss of the directory alone', () => {
  test.each<[string, (world: MembershipWorld) => void]>([
    ['dead', ({ directory }) => Object.assign(directory, { isAway: true })],
    ['slow by 2 s', ({ directory }) => Object.assign(directory, { slowMs: 2_000 })],
    [
      'out of reach, so that registrations lapse',
      ({ directory }) => void ['a', 'b', 'c'].map((id) => directory.cut.add(id)),
    ],
  ])('%s for a minute, and back: nothing changes for any member', async (_, lose) => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    lose(world);
    expect(await allActFor(world, 60_000, nodes)).toBe(true);
    Object.assign(world.directory, { isAway: false, slowMs: 0 });
    world.directory.cut.clear();
    expect(await allActFor(world, 30_000, nodes)).toBe(true);
    expect(nodes.flatMap(({ changes, gaps }) => [...changes, ...gaps])).toEqual([]);
    expect(world.violations).toEqual([]);
  });

  test('comes back for all but one: that one is heard, and stays', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    for (const id of ['a', 'b', 'c']) world.directory.cut.add(id);
    await world.advance(20_000);
    world.directory.cut.delete('a');
    world.directory.cut.delete('c');
    expect(await allActFor(world, 60_000, nodes)).toBe(true);
    expect(nodes.flatMap(({ changes }) => changes)).toEqual([]);
    expect(world.violations).toEqual([]);
  });

  test('comes back empty: the members write their view again, and go on in it', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    const view = nodes[0]!.membership.view!;
    world.empty();
    expect(await allActFor(world, 30_000, nodes)).toBe(true);
    expect(world.directory.record).toMatchObject({ id: view.id, armed: true });
    expect(nodes.flatMap(({ changes }) => changes)).toEqual([]);
  });
});

describe('a member that is silent', () => {
  test('costs the others the grants of that one alone, and is out of the view when its registration has lapsed', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c', 'd']);
    const gone = keyOf(nodes[3]!.membership.self);
    const rest = nodes.slice(0, 3);
    world.crash('d');
    await world.advance(2_500);
    for (const { membership } of rest) {
      expect([membership.isSilent(gone), membership.grantEpoch(gone)]).toEqual([true, 0]);
      expect(membership.mayAct).toBe(true); // the directory confirms the view
      for (const other of rest) {
        if (other.membership !== membership) expect(membership.grantEpoch(keyOf(other.membership.self))).not.toBe(0);
      }
    }
    await world.advance(15_000);
    expect(world.trouble()).toEqual([]);
    expect(rest.map(({ changes }) => changes.map(({ kind }) => kind))).toEqual([['next'], ['next'], ['next']]);
    expect(world.violations).toEqual([]);
  });

  test('and stays registered is voted out by more than half, in three TTLs', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    world.directory.pinned.add('c');
    world.crash('c');
    await world.advance(20_000);
    expect(nodes[0]!.membership.view!.members).toHaveLength(3);
    expect(nodes.slice(0, 2).every(({ membership }) => membership.mayAct)).toBe(true);
    await world.advance(30_000);
    expect(world.trouble()).toEqual([]);
    expect(world.violations).toEqual([]);
  });

  test('together with the directory is a reason to doubt, and none to let go of anything', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    world.directory.isAway = true;
    world.silence('c');
    await world.advance(5_000);
    expect(nodes.map(({ membership }) => membership.mayAct)).toEqual([false, false, false]);
    await world.advance(20_000);
    world.cuts.clear();
    await world.advance(2_000);
    expect(nodes.map(({ membership }) => membership.mayAct)).toEqual([true, true, true]);
    expect(nodes.flatMap(({ changes }) => changes)).toEqual([]);
  });
});

describe('a grant', () => {
  test('after a gap begins another span, and is told of: copies of the one before are old', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    const [a, b] = nodes as [WorldNode, WorldNode];
    const before = a.membership.grantEpoch(keyOf(b.membership.self));
    world.cut('a', 'b');
    await world.advance(4_000);
    expect(a.membership.grantEpoch(keyOf(b.membership.self))).toBe(0);
    world.mend('a', 'b');
    await world.advance(2_000);
    expect(a.membership.grantEpoch(keyOf(b.membership.self))).toBeGreaterThan(before);
    expect(a.gaps).toEqual([keyOf(b.membership.self)]);
    expect(a.changes).toEqual([]);
  });

  test('is not given to a member that is not heard: it could not be told of writes', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    const [a, b] = nodes as [WorldNode, WorldNode];
    world.cut('a', 'b', false); // what b sends arrives at a; what a sends does not arrive at b
    await world.advance(10_000);
    expect(a.membership.invalidationTargets().map(({ id }) => id)).toEqual(['c']);
    expect(b.membership.grantEpoch(keyOf(a.membership.self))).toBe(0);
  });

  test('stands for W in the next view too: until then the member is told of writes, whether it knows of that view or not', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    const a = nodes[0]!.membership;
    world.silence('c');
    world.start('d', 1);
    world.cut('c', 'd');
    for (let i = 0; i < 25 && a.view!.number === 1; i++) await world.advance(100);
    expect(a.view!.number).toBe(2);
    expect(a.invalidationTargets().map(({ id }) => id)).toContain('c');
    await world.advance(5_000);
    expect(a.invalidationTargets().map(({ id }) => id)).not.toContain('c');
  });

  test('is refused to a member that has missed an invalidation, until it was told again', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    const [a, b] = nodes as [WorldNode, WorldNode];
    world.owed.add(`a>${keyOf(b.membership.self)}`);
    await world.advance(4_000);
    expect(b.membership.grantEpoch(keyOf(a.membership.self))).toBe(0);
    expect(world.resent).toContain(`a>${keyOf(b.membership.self)}`);
    expect(a.membership.invalidationTargets().map(({ id }) => id)).toEqual(['c']);
    world.owed.clear();
    await world.advance(2_000);
    expect(b.membership.grantEpoch(keyOf(a.membership.self))).not.toBe(0);
    expect(world.violations).toEqual([]);
  });
});

describe('a view', () => {
  test('takes a member in that comes, without a moment in which an old member may not act', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    world.start('d');
    let doubts = 0;
    for (let i = 0; i < 100; i++) {
      await world.advance(100);
      if (!nodes.every(({ membership }) => membership.mayAct)) doubts++;
    }
    expect(world.trouble()).toEqual([]);
    expect(doubts).toBe(0);
    expect(world.violations).toEqual([]);
  });

  test('lets a member go that leaves, within a second or two, and that one knows it', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    const leaver = nodes[2]!;
    let left: boolean | undefined;
    void leaver.membership.leave(10_000).then((outcome) => {
      left = outcome;
    });
    await world.advance(5_000);
    expect(left).toBe(true);
    expect(leaver.changes.map(({ kind }) => kind)).toEqual(['left']);
    expect(leaver.membership.mayAct).toBe(false);
    void leaver.membership.close();
    await world.advance(100);
    world.crash('c');
    await world.advance(5_000);
    expect(world.trouble()).toEqual([]);
    expect(world.violations).toEqual([]);
  });

  test('is not left while the directory is away; a member that says it is gone costs the others no doubt', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    world.directory.isAway = true;
    let left: boolean | undefined;
    void nodes[2]!.membership.leave(3_000).then((outcome) => {
      left = outcome;
    });
    await world.advance(5_000);
    expect(left).toBe(false);
    void nodes[2]!.membership.close();
    await world.advance(1_000);
    world.crash('c');
    expect(await allActFor(world, 30_000, nodes.slice(0, 2))).toBe(true);
    world.directory.isAway = false;
    await world.advance(20_000);
    expect(world.trouble()).toEqual([]);
  });

  test('of members that all end and come back begins anew, and they hold nothing of before', async () => {
    const { world } = await settledWorld(['a', 'b', 'c']);
    for (const id of ['a', 'b', 'c']) world.crash(id);
    for (const id of ['a', 'b', 'c']) world.start(id);
    await world.advance(30_000);
    expect(world.trouble()).toEqual([]);
    expect(world.violations).toEqual([]);
  });

  test('that a member skipped isolates it: it may have missed writes', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    world.silence('c');
    world.directory.cut.add('c');
    await world.advance(30_000);
    world.start('d');
    world.cut('c', 'd');
    await world.advance(10_000);
    world.cuts.clear();
    world.directory.cut.clear();
    await world.advance(20_000);
    expect(nodes[2]!.changes.map(({ kind }) => kind)).toEqual(['isolated', 'first']);
    expect(world.trouble()).toEqual([]);
    expect(world.violations).toEqual([]);
  });

  test('takes a member back that was away, and keeps it', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    world.pause('c', 60_000);
    await world.advance(60_100);
    await world.advance(20_000);
    expect(nodes[0]!.changes.map(({ kind }) => kind)).toEqual(['next', 'next']);
    expect(world.trouble()).toEqual([]);
  });

  test('of a list that all have is acted in at once by members that answer each other', async () => {
    const world = worldOf(1, { fixed: ['a', 'b'] });
    const nodes = [world.start('a', 1), world.start('b', 1)];
    expect(nodes[0]!.membership.mayAct).toBe(false);
    await world.advance(200);
    expect(nodes.map(({ membership }) => membership.mayAct && membership.isActive)).toEqual([true, true]);
  });

  test('of a fixed list is one for ever; a member acts once nobody can hold copies of an earlier process of its id', async () => {
    const world = worldOf(1, { fixed: ['a', 'b'] });
    const a = world.start('a', 1);
    await world.advance(2_900);
    expect(a.membership.mayAct).toBe(false);
    await world.advance(200);
    expect(a.membership.mayAct).toBe(true);
    world.start('b', 1);
    await world.advance(1_000);
    const epoch = a.membership.grantEpoch('b#');
    expect(epoch).not.toBe(0);
    world.crash('b');
    world.start('b', 1);
    await world.advance(1_000);
    expect(a.membership.grantEpoch('b#')).toBeGreaterThan(epoch); // another process: a gap
    expect(a.gaps).toContain('b#');
  });
});

test('a question that was meant for another process, or comes from another cluster, is refused', async () => {
  const { nodes } = await settledWorld(['a', 'b']);
  const [a, b] = nodes as [WorldNode, WorldNode];
  const status = { viewId: '', isActive: false, hears: [], isSettled: true, isLeaving: false, isGone: false };
  const request = {
    ...status,
    cluster: 'test',
    hashing: 'test/1',
    from: b.membership.self,
    to: keyOf(a.membership.self),
  };
  expect(a.membership.answer(request).from).toEqual(a.membership.self);
  for (const wrong of [{ to: 'a#before' }, { to: keyOf(b.membership.self) }, { cluster: 'other' }]) {
    expect(() => a.membership.answer({ ...request, ...wrong })).toThrow(/^this process is not /);
  }
  const other = { ...request, hashing: 'test/2' };
  expect(() => a.membership.answer(other)).toThrow('the ring is hashed by test/1 here, and by test/2 there');
});

/** Faults by chance for a minute, ten of them; then none, and all must be well. */
async function mixed(seed: number): Promise<string[]> {
  const random = seededRandom(seed);
  const world = worldOf(seed, { anewMs: 40_000 });
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const ids = ['a', 'b', 'c', 'd', 'e'].slice(0, 2 + Math.floor(random() * 4));
  for (const id of ids) world.start(id);
  await world.advance(20_000);
  const { directory, clock } = world;
  world.loss = pick([0, 0.02, 0.1]);
  const span = 60_000;
  const endsAt = clock.now() + span;
  for (let i = 0; i < 10; i++) {
    clock.setTimeout(() => {
      const a = pick(ids);
      const b = pick(ids.filter((id) => id !== a));
      const forMs = pick([1_500, 4_000, 8_000, 15_000, 25_000]);
      const later = (act: () => void) => void clock.setTimeout(act, forMs);
      const faults: (() => void)[] = [
        () => {
          world.cut(a, b, random() < 0.4);
          later(() => world.mend(a, b));
        },
        () => {
          world.silence(a);
          later(() => world.cuts.clear());
        },
        () => {
          for (const x of ids)
            for (const y of ids) if (x < y && ids.indexOf(x) % 2 !== ids.indexOf(y) % 2) world.cut(x, y);
          later(() => world.cuts.clear());
        },
        () => world.pause(a, forMs),
        () => {
          world.crash(a);
          clock.setTimeout(() => world.nodes.has(a) || world.start(a), pick([100, 2_000, forMs]));
        },
        () => {
          directory.cut.add(a);
          later(() => directory.cut.delete(a));
        },
        () => {
          directory.isAway = true;
          later(() => {
            directory.isAway = false;
          });
        },
        () => {
          directory.slowMs = pick([500, 2_000, 5_000]);
          later(() => {
            directory.slowMs = 0;
          });
        },
        () => {
          for (const id of ids) directory.cut.add(id);
          later(() => {
            directory.cut.clear();
            if (random() < 0.5 && clock.now() < endsAt) directory.cut.add(a);
          });
        },
        () => void directory.hidden.add(a),
        () => {
          world.delayMs = [1, 250];
          later(() => {
            world.delayMs = [0.2, 4];
          });
        },
      ];
      pick(faults)();
    }, random() * span);
  }
  await world.advance(span);
  world.loss = 0;
  world.cuts.clear();
  Object.assign(directory, { isAway: false, slowMs: 0 });
  directory.cut.clear();
  directory.hidden.clear();
  for (const id of ids) if (!world.nodes.has(id)) world.start(id);
  await world.advance(120_000);
  return [...world.violations, ...world.trouble()];
}

describe('under faults by chance', () => {
  test.each(Array.from({ length: Number(process.env.MEMBERSHIP_SEEDS ?? 12) }, (_, i) => [i + 1]))(
    'no two act as owner, nobody counts on a member that does not tell it, and all is well in the end: seed %d',
    async (seed) => {
      expect(await mixed(seed)).toEqual([]);
    },
  );
});

describe('what keeps members from each other is told', () => {
  const troubles = ({ membership }: WorldNode) => membership.troubles().map(({ kind, member }) => `${kind} ${member}`);

  test('of one that answers nobody, and of one that is not heard', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    for (const other of ['a', 'b']) world.cuts.add(`${other}>c`);
    await world.advance(5_000);
    expect(troubles(nodes[0]!)).toEqual(['silent c']);
    expect(troubles(nodes[2]!)).toEqual(expect.arrayContaining(['silent a', 'silent b']));
    world.cuts.clear();
    await world.advance(5_000);
    expect(nodes.flatMap(troubles)).toEqual([]);
  });

  test('of this member being in doubt, and of whom nothing is heard', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c']);
    world.directory.isAway = true;
    for (const cut of ['a>b', 'b>a']) world.cuts.add(cut);
    await world.advance(5_000);
    expect(troubles(nodes[0]!)).toEqual(['silent b', 'in_doubt a']);
    const { message } = nodes[0]!.membership.troubles().at(-1)!;
    expect(message).toContain('no word from b, the directory');
    expect(troubles(nodes[2]!)).toEqual([]);
  });

  test('of rings that differ', async () => {
    const { world, nodes } = await settledWorld(['a', 'b', 'c'], 1, { fixed: ['a', 'b', 'c'] });
    const [a, b] = nodes.map(({ membership }) => membership.self);
    nodes[0]!.membership.update([a!, b!]);
    await world.advance(1_000);
    expect(troubles(nodes[1]!)).toEqual(['differs a']);
  });

  test('of two members that say they are at one address', async () => {
    const { nodes } = await settledWorld(['a', 'b', 'c'], 1, { fixed: ['a', 'b', 'c'] });
    const [a, b] = nodes.map(({ membership }) => membership.self);
    nodes[0]!.membership.update([a!, b!, { ...b!, id: 'twin' }]);
    expect(troubles(nodes[0]!)).toContain('same_address twin');
  });
});

test('members that come and go are not remembered for ever', async () => {
  const { world, nodes } = await settledWorld(['a', 'b']);
  for (let i = 0; i < 6; i++) {
    world.start('c');
    await world.advance(20_000);
    world.crash('c');
    await world.advance(30_000);
  }
  expect(nodes[0]!.membership.limits()).toEqual([{ name: 'members', size: 2, limit: 10_000 }]); // b, and the last c
});
