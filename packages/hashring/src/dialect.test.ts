// Every dialect against what the systems it agrees with answered: see the descriptions inside the fixtures.

import { createHash, hash as digest } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { type Dialect, rulesOf } from './dialect.js';
import { fnv1Signed64 } from './fnv1-64.js';
import { Ring } from './ring.js';

interface GoRing {
  peers: string[];
  replicas: number;
  firstPoints: { hash: string; owner: string }[];
  lastPoints: { hash: string; owner: string }[];
  distinctPoints: number;
  ringSha256: string;
  vectors: { key: string; utf8Hex: string; hash: string; owner: string }[];
  ownersOf_key0_to_key9999: Record<string, number>;
  'ownersOf_student_%06d_0_to_9999': Record<string, number>;
  arcShare: Record<string, number>;
}

interface Primitive {
  s: string;
  crc32ieee: string;
  md5hex: string;
  fnv1_64_signed: string;
}

interface RingVectors {
  checks: Record<string, number>;
  primitives: Primitive[];
  rings: Record<string, GoRing>;
  upstreamGolden: {
    golang_TestConsistency: { peers: string[]; replicas: number; Ben: string };
    'v3_TestHashing_picker_test.go:31': { peers: string[]; replicas: number; owners: Record<string, string> };
    'v3_TestPeers_instance_test.go:343': {
      peers: string[];
      replicas: number;
      keyOwner: [string, string][];
      expectedCounts: Record<string, number>;
    };
  };
}

interface GgcacheVectors {
  members: string[];
  replicas: number;
  firstPoints: [number, string][];
  keys: { key: string; hash: number; point: number; owner: string }[];
  countOfKeys0to999: Record<string, number>;
}

const go = read<RingVectors>('ring-vectors.json');
const gg = read<GgcacheVectors>('ggcache-vectors.json');

describe.each(Object.entries(go.rings))('the Go ring %s', (name, expected) => {
  const ring = ringOf(expected.peers, name.startsWith('v3') ? 'groupcache-v3' : 'groupcache', expected.replicas);
  const points = [...ring.points()].map(({ hash, owner }) => ({ hash, owner: owner.id }));

  test('has the same points', () => {
    expect(points.length).toBe(expected.distinctPoints);
    expect(points.slice(0, expected.firstPoints.length)).toEqual(expected.firstPoints);
    expect(points.slice(-expected.lastPoints.length)).toEqual(expected.lastPoints);
    const sha256 = createHash('sha256');
    for (const { hash, owner } of points) sha256.update(`${hash} ${owner}\n`);
    expect(sha256.digest('hex')).toBe(expected.ringSha256);
  });

  test.each(expected.vectors)('gives $key to $owner', ({ key, utf8Hex, hash, owner }) => {
    expect(Buffer.from(key).toString('hex')).toBe(utf8Hex);
    expect(ring.owner(key).id).toBe(owner);
    expect(ring.locate(key)).toMatchObject({ hash, owner: { id: owner } });
  });

  test('gives each member as many of 20,000 keys', () => {
    expect(countOwners(ring, (i) => `key${i}`, 10_000)).toEqual(expected.ownersOf_key0_to_key9999);
    const students = countOwners(ring, (i) => `student:${String(i).padStart(6, '0')}`, 10_000);
    expect(students).toEqual(expected['ownersOf_student_%06d_0_to_9999']);
  });

  test('gives each member as much of the circle', () => {
    const bits = ring.dialect === 'groupcache-v3' ? 64n : 32n;
    const share = new Map<string, number>();
    let previous = BigInt(points.at(-1)!.hash) - 2n ** bits;
    for (const { hash, owner } of points) {
      const arc = Number(BigInt(hash) - previous) / 2 ** Number(bits);
      share.set(owner, (share.get(owner) ?? 0) + arc);
      previous = BigInt(hash);
    }
    expect([...share.keys()].sort()).toEqual(Object.keys(expected.arcShare).sort());
    for (const [owner, arc] of share) expect(arc).toBeCloseTo(expected.arcShare[owner]!, 12);
  });
});

describe('what else Go says', () => {
  test.each(go.primitives)('the hashes of $s', ({ s, crc32ieee, md5hex, fnv1_64_signed }) => {
    expect(String(crc32(s))).toBe(crc32ieee);
    expect(digest('md5', s, 'hex')).toBe(md5hex);
    expect(String(fnv1Signed64(Buffer.from(s)))).toBe(fnv1_64_signed);
  });

  test('TestConsistency of golang/groupcache, in either order', () => {
    const { peers, replicas, Ben } = go.upstreamGolden.golang_TestConsistency;
    expect(ringOf(peers, 'groupcache', replicas).owner('Ben').id).toBe(Ben);
    expect(ringOf(peers.toReversed(), 'groupcache', replicas).owner('Ben').id).toBe(Ben);
  });

  test('TestHashing of groupcache-go v3', () => {
    const { peers, replicas, owners } = go.upstreamGolden['v3_TestHashing_picker_test.go:31'];
    const ring = ringOf(peers, 'groupcache-v3', replicas);
    for (const [key, owner] of Object.entries(owners)) expect([key, ring.owner(key).id]).toEqual([key, owner]);
  });

  test('TestPeers of groupcache-go v3: 200 addresses', () => {
    const { peers, replicas, keyOwner, expectedCounts } = go.upstreamGolden['v3_TestPeers_instance_test.go:343'];
    const ring = ringOf(peers, 'groupcache-v3', replicas);
    expect(keyOwner.map(([key]) => [key, ring.owner(key).id])).toEqual(keyOwner);
    expect(countOwners(ring, (i) => keyOwner[i]![0], keyOwner.length)).toEqual(expectedCounts);
  });

  test('reordered peers own the same 20,000 keys', () => {
    const { peers, replicas } = go.rings.golang_5peers_50!;
    const ring = ringOf(peers, 'groupcache', replicas);
    const reordered = ringOf([...peers.slice(2), ...peers.slice(0, 2)], 'groupcache', replicas);
    let different = 0;
    for (let i = 0; i < 20_000; i++) if (ring.owner(`k${i}`).id !== reordered.owner(`k${i}`).id) different++;
    expect(different).toBe(go.checks.golang_diff_when_peers_reordered_of_20000);
  });

  test('10.0.0.1 and 110.0.0.1 share four points in groupcache-v3, and the smaller id has them', () => {
    const points = [...ringOf(['110.0.0.1', '10.0.0.1'], 'groupcache-v3').points()];
    const shared = points.filter(({ hash }, i) => points[i + 1]?.hash === hash);
    expect(shared.length).toBe(go.checks['v3_point_name_collisions_10.0.0.1_vs_110.0.0.1_of_50']);
    expect(shared.map(({ owner }) => owner.id)).toEqual(Array(4).fill('10.0.0.1'));
  });
});

describe('the ring of ggcache', () => {
  const ring = ringOf(gg.members, 'ggcache');

  test('has fifty points a member and the same first ones', () => {
    expect(ring.replicas).toBe(gg.replicas);
    const points = [...ring.points()].map(({ hash, owner }) => [Number(hash), owner.id]);
    expect(points.length).toBe(150);
    expect(points.slice(0, gg.firstPoints.length)).toEqual(gg.firstPoints);
  });

  test.each(gg.keys)('puts $key at point $point', ({ key, hash, point, owner }) => {
    expect(ring.locate(key)).toEqual({ hash: String(hash), point, owner: { id: owner } });
  });

  // The lines "hash, point, owner" of that system's own logs.
  test.each([
    ['张三', '2038739146', 58, 'localhost:10000'],
    ['scores张三', '2453906684', 73, 'localhost:10000'],
    ['李四', '260993219', 11, 'localhost:9999'],
    ['王五', '3383680067', 113, 'localhost:10000'],
  ])('puts %s where the log has it', (key, hash, point, owner) => {
    expect(ring.locate(key)).toEqual({ hash, point, owner: { id: owner } });
  });

  test('gives each member as many of the keys 0 to 999', () => {
    expect(countOwners(ring, String, 1000)).toEqual(gg.countOfKeys0to999);
  });

  test('an id that is another and a digit shares ten points with it, and the smaller id has them', () => {
    const points = [...ringOf(['localhost:10001', 'localhost:1000'], 'ggcache').points()];
    const shared = points.filter(({ hash }, i) => points[i + 1]?.hash === hash);
    expect(shared.map(({ owner }) => owner.id)).toEqual(Array(10).fill('localhost:1000'));
  });
});

test('a dialect from a configuration file that does not exist is refused by name', () => {
  expect(() => rulesOf('jump' as Dialect)).toThrow(
    new TypeError('no ring dialect "jump"; there are ringcache, groupcache, groupcache-v3, ggcache'),
  );
  expect(() => rulesOf('constructor' as Dialect)).toThrow(TypeError);
});

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')) as T;
}

function ringOf(ids: readonly string[], dialect: Dialect, replicas?: number): Ring {
  const members = ids.map((id) => ({ id }));
  return Ring.of(members, replicas === undefined ? { dialect } : { dialect, replicas });
}

function countOwners(ring: Ring, key: (i: number) => string, keys: number): Record<string, number> {
  const count: Record<string, number> = {};
  for (let i = 0; i < keys; i++) {
    const { id } = ring.owner(key(i));
    count[id] = (count[id] ?? 0) + 1;
  }
  return count;
}
