import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { CacheError } from '../errors.js';
import { exchangeReplyOf, exchangeRequestOf, MAX_VIEW_MEMBERS, viewMemberOf, viewOf } from './decode.js';
import type { ExchangeReply, ExchangeRequest } from './exchange.js';
import { keyOf, type View, type ViewMember } from './view.js';

const A: ViewMember = { id: '张三:1', grpc: 'a:1', http: '', weight: 0.5, incarnation: 'x-Y_9' };
const B: ViewMember = { id: 'http://b:2/', grpc: '', http: 'b:2', weight: 1_000, incarnation: '' };
const VIEW: View = {
  ...{ id: '7/a#1/z', lineage: 'a#1/y', number: 7, members: [A, B], before: [B] },
  armed: true,
};
const STATUS = { viewId: VIEW.id, isActive: true, hears: [keyOf(B)], isSettled: false, isLeaving: true, isGone: false };
const REQUEST: ExchangeRequest = { ...STATUS, cluster: 'default', hashing: 'ringcache/8192', from: A, to: keyOf(B) };
const REPLY: ExchangeReply = { ...STATUS, view: VIEW, from: B, isGranted: true };

/** The refusal's message. */
function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toMatchObject({ name: 'CacheError', code: 'invalid_argument', answered: false });
    return (error as CacheError).message;
  }
  throw new Error('it was taken');
}

const members = (count: number) => Array.from({ length: count }, (_, i) => ({ ...A, id: `m${i}` }));

describe('what a member sends', () => {
  test('is read as it was meant', () => {
    expect(viewMemberOf(A)).toEqual(A);
    expect(viewOf(VIEW)).toEqual(VIEW);
    expect(exchangeRequestOf({ ...REQUEST, view: VIEW })).toEqual({ ...REQUEST, view: VIEW });
    expect(exchangeRequestOf({ ...REQUEST, viewId: '', hears: [] })).toEqual({ ...REQUEST, viewId: '', hears: [] });
    expect(exchangeReplyOf(REPLY)).toEqual(REPLY);
  });

  test('is read as it was meant out of JSON', () => {
    expect(exchangeReplyOf(JSON.parse(JSON.stringify(REPLY)))).toEqual(REPLY);
    expect(exchangeRequestOf(JSON.parse(JSON.stringify({ ...REQUEST, view: undefined })))).toEqual(REQUEST);
  });

  test('may be a view of nobody: the last member has left', () => {
    expect(viewOf({ ...VIEW, members: [], before: [] }).members).toEqual([]);
  });

  test('may have fields that a later version adds, which are passed over', () => {
    const more = { ...A, zone: 'eu' };
    expect(viewOf({ ...VIEW, members: [more, B], signed: 'x' })).toEqual(VIEW);
    expect(exchangeReplyOf({ ...REPLY, load: 7 })).toEqual(REPLY);
  });

  test('is copied: what becomes of the message does not reach the view', () => {
    const sent = structuredClone(VIEW) as unknown as { members: { id: string }[] };
    const taken = viewOf(sent);
    sent.members[0]!.id = 'forged';
    expect(taken).toEqual(VIEW);
  });

  test('may be as long as the limits say', () => {
    const longest = {
      ...A,
      id: '张'.repeat(85),
      grpc: 'g'.repeat(512),
      http: 'h'.repeat(512),
      incarnation: 'i'.repeat(64),
    };
    expect(viewMemberOf(longest)).toEqual(longest);
    const most = { ...VIEW, number: Number.MAX_SAFE_INTEGER, members: members(MAX_VIEW_MEMBERS), id: 'x'.repeat(512) };
    expect(viewOf(most).members).toHaveLength(10_000);
  });
});

describe('a member that no ring can be made of', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /a member must be an object, not undefined/],
    ['null', null, /a member must be an object, not null/],
    ['text', 'm1', /a member must be an object, not "m1"/],
    ['a list', [A], /a member must be an object, not a list/],
    ['no id', { ...A, id: undefined }, /id must be text, not undefined/],
    ['an empty id', { ...A, id: '' }, /id must not be empty/],
    ['an id of 257 bytes', { ...A, id: `${'张'.repeat(85)}ab` }, /257 bytes long; the limit is 256/],
    ['an id of a mebibyte', { ...A, id: 'x'.repeat(2 ** 20) }, /id has 1048576 characters; the limit is 512/],
    ['an id with half a character', { ...A, id: 'a\ud800' }, /id has a lone surrogate/],
    ['an id that is a number', { ...A, id: 7 }, /id must be text, not 7/],
    ['no gRPC address', { ...A, grpc: undefined }, /grpc must be text, not undefined/],
    ['an HTTP address of 513 characters', { ...A, http: 'h'.repeat(513) }, /http has 513 characters/],
    ['no weight', { ...A, weight: undefined }, /weight of a member must be over 0 .* not undefined/],
    ['weight 0', { ...A, weight: 0 }, /weight/],
    ['a negative weight', { ...A, weight: -1 }, /weight/],
    ['weight NaN', { ...A, weight: Number.NaN }, /weight .* not NaN/],
    ['an endless weight', { ...A, weight: Number.POSITIVE_INFINITY }, /weight .* not Infinity/],
    ['a weight over 1,000', { ...A, weight: 1_000.1 }, /at most 1000, not 1000.1/],
    ['a weight that is text', { ...A, weight: '1' }, /weight .* not "1"/],
    ['no incarnation', { ...A, incarnation: undefined }, /incarnation .* not undefined/],
    ['an incarnation of 65 letters', { ...A, incarnation: 'x'.repeat(65) }, /incarnation/],
    ['an incarnation with a line break', { ...A, incarnation: 'a\n' }, /incarnation .* not "a\\n"/],
    ['an incarnation that looks like a key', { ...A, incarnation: 'a#b' }, /incarnation/],
  ])('is refused for %s', (_, value, reason) => {
    expect(refusalOf(() => viewMemberOf(value))).toMatch(reason);
    expect(refusalOf(() => viewOf({ ...VIEW, before: [B, value] }))).toMatch(reason);
    expect(refusalOf(() => exchangeRequestOf({ ...REQUEST, from: value }))).toMatch(reason);
    expect(refusalOf(() => exchangeReplyOf({ ...REPLY, from: value }))).toMatch(reason);
  });
});

describe('a view that nobody can go by', () => {
  test.each<[string, unknown, RegExp]>([
    ['null', null, /a view must be an object, not null/],
    ['no id', { ...VIEW, id: undefined }, /id must be text/],
    ['an empty lineage', { ...VIEW, lineage: '' }, /lineage must not be empty/],
    ['an id of 513 characters', { ...VIEW, id: 'x'.repeat(513) }, /id has 513 characters/],
    ['number 0', { ...VIEW, number: 0 }, /number of a view .* not 0/],
    ['half a number', { ...VIEW, number: 1.5 }, /number of a view .* not 1.5/],
    ['a number that cannot rise', { ...VIEW, number: 2 ** 53 }, /number of a view/],
    ['number NaN', { ...VIEW, number: Number.NaN }, /number of a view .* not NaN/],
    ['a number that is text', { ...VIEW, number: '7' }, /number of a view .* not "7"/],
    ['no members', { ...VIEW, members: undefined }, /members must be a list, not undefined/],
    ['members that are no list', { ...VIEW, members: { length: 1, 0: A } }, /members must be a list, not an object/],
    ['a list with a hole', { ...VIEW, members: Array(2) }, /a member must be an object, not undefined/],
    ['a member too many', { ...VIEW, members: members(10_001) }, /members has 10001 entries; the limit is 10000/],
    ['a member too many before', { ...VIEW, before: members(10_001) }, /before has 10001 entries/],
    [
      'a member twice',
      { ...VIEW, members: [A, B, { ...A, incarnation: '2' }] },
      /members has the member "张三:1" twice/,
    ],
    ['nothing about being armed', { ...VIEW, armed: undefined }, /armed must be true or false, not undefined/],
    ['being armed as a number', { ...VIEW, armed: 1 }, /armed must be true or false, not 1/],
  ])('is refused for %s', (_, value, reason) => {
    expect(refusalOf(() => viewOf(value))).toMatch(reason);
    expect(refusalOf(() => exchangeRequestOf({ ...REQUEST, view: value }))).toMatch(reason);
    expect(refusalOf(() => exchangeReplyOf({ ...REPLY, view: value }))).toMatch(reason);
  });
});

describe('an exchange that says too little or too much', () => {
  test.each(['viewId', 'isActive', 'hears', 'isSettled', 'isLeaving', 'isGone', 'from'] as const)(
    'is refused without %s',
    (field) => {
      expect(refusalOf(() => exchangeRequestOf({ ...REQUEST, [field]: undefined }))).toMatch(/must be/);
      expect(refusalOf(() => exchangeReplyOf({ ...REPLY, [field]: undefined }))).toMatch(/must be/);
    },
  );

  test.each<[string, object, RegExp]>([
    ['no cluster', { cluster: '' }, /cluster must not be empty/],
    ['no hashing', { hashing: '' }, /hashing must not be empty/],
    ['no addressee', { to: '' }, /to must not be empty/],
    ['a huge addressee', { to: 'x'.repeat(513) }, /to has 513 characters/],
    ['hearing more members than there can be', { hears: Array(10_001).fill('a#1') }, /hears has 10001 entries/],
    ['hearing somebody without a name', { hears: [7] }, /hears must be text, not 7/],
    ['a view id of 513 characters', { viewId: 'x'.repeat(513) }, /viewId has 513 characters/],
  ])('is refused for %s', (_, wrong, reason) => {
    expect(refusalOf(() => exchangeRequestOf({ ...REQUEST, ...wrong }))).toMatch(reason);
  });

  test('is refused as a reply without a word on the grant', () => {
    expect(refusalOf(() => exchangeReplyOf({ ...REPLY, isGranted: 'yes' }))).toMatch(/isGranted must be true or false/);
  });
});

test('any value is taken as it was sent, or refused in a short message', () => {
  const readers = [viewOf, viewMemberOf, exchangeRequestOf, exchangeReplyOf];
  const field = fc.constantFrom(...Object.keys({ ...VIEW, ...A, ...REQUEST, ...REPLY }));
  const anything = fc.oneof(fc.anything(), fc.dictionary(field, fc.anything()));
  const spoilt = fc
    .tuple(field, fc.anything())
    .map(([name, value]) => ({ ...VIEW, ...A, ...REQUEST, ...REPLY, [name]: value }));
  fc.assert(
    fc.property(fc.oneof(anything, spoilt), (value) => {
      for (const read of readers) {
        try {
          const taken = read(value) as unknown as Record<string, unknown>;
          expect(value).toMatchObject(taken);
        } catch (error) {
          expect(error).toBeInstanceOf(CacheError);
          expect((error as CacheError).message.length).toBeLessThan(300);
        }
      }
    }),
  );
});
