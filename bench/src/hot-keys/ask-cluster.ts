// Whole nodes in one process, over the in-memory network, asked as clients behind a load balancer would ask them: any node for
// any key. It is counts that are wanted, so time is a number that moves on with the requests, and the same figures come out
// everywhere.

import { TestCluster } from '@ringcache/cache-core/testing';

import { keysOf } from '../keys.js';
import { randomFrom } from '../random.js';
import { zipf } from '../zipf.js';
import { DiceCopies } from './dice-copies.js';
import { type RuleName, ruleOf } from './rules.js';

export interface Load {
  readonly nodes: number;
  readonly keys: number;
  readonly gets: number;
  /** Gets a second, of all clients together. */
  readonly rate: number;
  readonly exponent: number;
  readonly valueBytes: number;
  /** Of a node's group. */
  readonly maxBytes: number;
  readonly hotTtlMs: number;
}

export interface Outcome {
  readonly rule: RuleName;
  /** What each node was asked for by the others. */
  readonly serves: readonly number[];
  /** Gets that a copy answered. */
  readonly hotHits: number;
  /** In the end, on the node that has most. */
  readonly copies: number;
  readonly copyBytes: number;
}

export const HOT_SHARE = 1 / 8; // the default

const GROUP = 'bench';
const REPLICAS = 8_192; // the default: owners differ by what their keys are asked for, not by how many they own
const UNLIMITED_BYTES = 2 ** 40;
const [REQUEST_SEED, DICE_SEED] = [1, 2];

/** Begins with empty caches, so that learning what is popular is part of it. */
export async function askCluster(name: RuleName, load: Load): Promise<Outcome> {
  const rule = ruleOf(name);
  const value = Buffer.alloc(load.valueBytes);
  const cluster = new TestCluster({
    size: load.nodes,
    replicas: REPLICAS,
    groups: {
      [GROUP]: {
        load: () => value,
        maxBytes: rule.unlimited ? UNLIMITED_BYTES : load.maxBytes,
        hotShare: HOT_SHARE,
        hotTtlMs: rule.copies === 'group' ? load.hotTtlMs : 0,
        hotAfterFetches: rule.hotAfterFetches,
      },
    },
  });
  const random = randomFrom(DICE_SEED);
  const { clock } = cluster;
  const nodes = cluster.nodes.map(({ member, groups }) => ({
    id: member.id,
    group: groups.get(GROUP)!,
    dice: new DiceCopies({ clock, random, ttlMs: load.hotTtlMs, maxBytes: load.maxBytes * HOT_SHARE }),
  }));
  const keys = keysOf(load.keys);
  const draw = zipf({ count: load.keys, exponent: load.exponent, random: randomFrom(REQUEST_SEED) });
  let hotHits = 0;

  for (let i = 0; i < load.gets; i++) {
    const dueMs = Math.floor((1_000 * i) / load.rate);
    if (dueMs > clock.now()) await clock.advance(dueMs - clock.now());
    const node = nodes[i % nodes.length]!;
    const key = keys[draw()]!;
    if (rule.copies === 'dice' && node.dice.has(key)) {
      hotHits++;
      continue;
    }
    const { source, servedBy, value } = await node.group.get(key);
    if (source === 'hot') hotHits++;
    if (rule.copies === 'dice' && servedBy !== node.id) node.dice.fetched(key, value);
  }

  const stats = nodes.map(({ group }) => group.stats());
  await cluster.close();
  const most = (figures: number[]) => Math.max(...figures);
  return {
    rule: name,
    serves: stats.map(({ serves }) => serves),
    hotHits,
    copies: most(rule.copies === 'dice' ? nodes.map(({ dice }) => dice.cache.size) : stats.map((s) => s.hotEntries)),
    copyBytes: most(rule.copies === 'dice' ? nodes.map(({ dice }) => dice.cache.bytes) : stats.map((s) => s.hotBytes)),
  };
}
