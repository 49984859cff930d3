import { expect, test } from '@jest/globals';
import { DIALECTS, Ring } from '@ringcache/hashring';

import { PLACES, ringPicture } from './ring-picture.js';

const members = ['a:1', 'b:1', 'c:1'].map((id) => ({ id, grpc: id, http: '', weight: id === 'c:1' ? 2 : 1 }));

function pictureOf(dialect: (typeof DIALECTS)[number], count = members.length, replicas?: number) {
  const ring = Ring.of(members.slice(0, count), { dialect, ...(replicas === undefined ? {} : { replicas }) });
  const { fingerprint } = ring;
  const view = { self: 'a:1', members: ring.members, dialect, replicas: ring.replicas, fingerprint, stale: false };
  return { ring, picture: ringPicture(ring, view) };
}

test.each(DIALECTS)('in the dialect %s a key lies where the picture says its owner is', (dialect) => {
  const { ring, picture } = pictureOf(dialect, 3, 2); // few points: most places are far from the next one
  let agreed = 0;
  let looked = 0;
  for (let i = 0; i < 2_000; i++) {
    const place = ring.placeOf(`key ${i}`) * PLACES;
    const [before, after] = [Math.floor(place) % PLACES, Math.ceil(place) % PLACES];
    if (picture.places[before] !== picture.places[after]) continue; // a point lies between
    looked++;
    if (ring.members[picture.places[after]!]!.id === ring.owner(`key ${i}`).id) agreed++;
  }
  expect(looked).toBeGreaterThan(1_500);
  expect(agreed).toBeGreaterThanOrEqual(looked * 0.99); // two points between two places hide a third owner
});

test.each(DIALECTS)('in the dialect %s places come in the proportions of the shares', (dialect) => {
  const { picture } = pictureOf(dialect);
  expect(picture.places).toHaveLength(PLACES);
  members.forEach(({ id }, index) => {
    const share = picture.places.filter((owner) => owner === index).length / PLACES;
    expect(Math.abs(share - picture.shares[id]!)).toBeLessThan(0.12);
  });
  expect(Object.values(picture.shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
});

test('a member that is alone owns every place', () => {
  const { picture } = pictureOf('ringcache', 1);
  expect(picture.shares).toEqual({ 'a:1': 1 });
  expect(new Set(picture.places)).toEqual(new Set([0]));
  expect(picture.places).toHaveLength(PLACES);
});
