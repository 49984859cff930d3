// Consistent hashing (Karger et al., 1997) with virtual nodes: every member has many points on a circle of hashes, and a key
// belongs to the member whose point comes first at or after the key's hash. So a member that leaves hands each of its keys
// to the next distinct member on the circle, its successor, and no other key moves.
//
// Jump hash and Maglev balance better; but jump hash cannot remove any member but the last, and Maglev moves keys between
// members that stayed. Rendezvous hashing does neither, at a cost per lookup that grows with the members.

import type { Circle } from './circle.js';
import { type Dialect, rulesOf } from './dialect.js';
import { fingerprintOf } from './fingerprint.js';
import { checkMembers, checkReplicas, pointCounts } from './limits.js';

export interface RingMember {
  /** What the ring hashes: not empty, unique in the ring. Text that is not well-formed hashes as if it held U+FFFD. */
  readonly id: string;
  /** Share of the keys against the others' shares; finite, above 0, 1 by default. */
  readonly weight?: number;
}

export interface RingOptions {
  /** `ringcache` by default. */
  dialect?: Dialect;
  /** Points of a member of weight 1, from 1 to 65,536. Default: 8,192 in `ringcache`, 50 in the others. */
  replicas?: number;
}

/** A place on the circle and who has it. */
export interface Point<M> {
  /** Decimal; unsigned but in `groupcache-v3`, where it is signed. */
  readonly hash: string;
  readonly owner: M;
}

/** How the ring came to a key's owner. */
export interface Location<M> {
  /** The key's hash, written as in {@link Point}. */
  readonly hash: string;
  /** Index of the owner's point among all points in order. */
  readonly point: number;
  readonly owner: M;
}

/** A ring without members was asked for an owner. */
export class EmptyRingError extends Error {
  override readonly name = 'EmptyRingError';

  constructor() {
    super('the ring has no members, so no key has an owner');
  }
}

/** Which member owns a key. Immutable; two rings with equal fingerprints answer alike in every process. */
export class Ring<M extends RingMember = RingMember> {
  /** In ascending order of id. */
  readonly members: readonly M[];
  readonly dialect: Dialect;
  readonly replicas: number;
  /**
   * 16 hex digits, equal if and only if dialect, replicas and the members' ids and weights are (save for a chance of
   * 2^-64). Addresses and the order of insertion do not enter.
   */
  readonly fingerprint: string;
  /**
   * By what each member's points were divided, a power of two: 1, but where the members asked for more than
   * 4,194,304 points together. A member of weight 1 has `replicas / divisor` points then, and balance is that much worse.
   */
  readonly divisor: number;
  readonly #circle: Circle | undefined; // undefined: no members
  readonly #ids: ReadonlySet<string>;
  #shares: readonly number[] | undefined;

  private constructor(
    members: readonly M[],
    { dialect, replicas, divisor }: { dialect: Dialect; replicas: number; divisor: number },
    circle: Circle | undefined,
  ) {
    this.members = members;
    this.dialect = dialect;
    this.replicas = replicas;
    this.divisor = divisor;
    this.fingerprint = fingerprintOf(dialect, replicas, members);
    this.#circle = circle;
    this.#ids = new Set(members.map((member) => member.id));
  }

  /**
   * A member has round(replicas × weight / {@link divisor}) points, at least 1. Equal points are ordered by id.
   * Cost with 8,192 replicas: 6 ms for 10 members (the first ring of a process, before it is compiled, up to 50), 0.1 s for
   * 100; 1.0 MB for 10. The event loop waits: build on a change of members, not per request.
   * @param members in any order; the ring keeps the objects, so do not change their ids or weights.
   * @throws {TypeError} an id is empty or there twice, or there is no such dialect.
   * @throws {RangeError} a weight or `replicas` is out of its range, the ring would have more than 65,536 members, or, in a
   *   dialect other than `ringcache`, more than 4,194,304 points.
   */
  static of<M extends RingMember>(members: readonly M[], options: RingOptions = {}): Ring<M> {
    const { dialect, rules, replicas } = checked(members, options);
    // By code units, not by locale: every process must come to the same order.
    const sorted = Object.freeze([...members].sort((a, b) => (a.id < b.id ? -1 : 1)));
    const { counts, divisor } = pointCounts(sorted, replicas, rules.scales);
    const ids = sorted.map((member) => member.id);
    const circle = ids.length === 0 ? undefined : rules.circle(ids, counts);
    return new Ring(sorted, { dialect, replicas, divisor }, circle);
  }

  /**
   * Returns the {@link divisor} that a ring of these members would have, without making it: for whoever checks settings.
   * Throws what {@link of} throws.
   */
  static divisorOf(members: readonly RingMember[], options: RingOptions = {}): number {
    const { rules, replicas } = checked(members, options);
    return pointCounts(members, replicas, rules.scales).divisor;
  }

  /** Members in the ring. */
  get size(): number {
    return this.members.length;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /**
   * The member the key belongs to. Any string is a key, the empty one too.
   * Cost: 0.1 µs for a short key, 0.2 for 200 bytes, hashing included; no allocation up to 1,024 characters.
   * @throws {EmptyRingError}
   */
  owner(key: string): M {
    const circle = this.#circle;
    if (circle === undefined) throw new EmptyRingError();
    return this.members[circle.memberAt(circle.find(key))]!;
  }

  /**
   * The owner, then the members that would own the key if those before them left, nearest first.
   * Cost: 0.4 µs for two. The walk is longest for the last members: n × ln n points for all n of equal weight.
   * @returns `n` distinct members, fewer if the ring has fewer; none if the ring is empty or `n` is below 1.
   */
  owners(key: string, n: number): M[] {
    const found: M[] = [];
    const circle = this.#circle;
    if (circle === undefined) return found;
    const wanted = Math.min(Math.floor(n), this.size);
    const seen = new Uint8Array(this.size);
    for (let point = circle.find(key); found.length < wanted; point = (point + 1) % circle.size) {
      const member = circle.memberAt(point);
      if (seen[member] === 1) continue;
      seen[member] = 1;
      found.push(this.members[member]!);
    }
    return found;
  }

  /**
   * The owner and how it was found, for logs and operators.
   * Cost: the key is hashed twice; use `owner` where only the owner counts.
   * @throws {EmptyRingError}
   */
  locate(key: string): Location<M> {
    const circle = this.#circle;
    if (circle === undefined) throw new EmptyRingError();
    const point = circle.find(key);
    return { hash: circle.hashOf(key), point, owner: this.members[circle.memberAt(point)]! };
  }

  /**
   * How far round the circle the key lies, from 0 to below 1: where a picture of the ring shows it.
   * @throws {EmptyRingError}
   */
  placeOf(key: string): number {
    if (this.#circle === undefined) throw new EmptyRingError();
    return this.#circle.placeOf(key);
  }

  /**
   * What part of the hashes falls to each member, 0 to 1, in the order of {@link members}; together 1.
   * Cost: a pass over all points at the first call, some 5 ns each; then none.
   */
  shares(): readonly number[] {
    this.#shares ??= this.#circle === undefined ? [] : sharesOf(this.#circle, this.size);
    return this.#shares;
  }

  /** All points in order, to draw a ring or to compare it with another implementation's. */
  *points(): Generator<Point<M>> {
    const circle = this.#circle;
    if (circle === undefined) return;
    for (let point = 0; point < circle.size; point++) {
      yield { hash: circle.hashAt(point), owner: this.members[circle.memberAt(point)]! };
    }
  }
}

function checked(members: readonly RingMember[], { dialect = 'ringcache', replicas: given }: RingOptions) {
  const rules = rulesOf(dialect);
  const replicas = given ?? rules.replicas;
  checkReplicas(replicas);
  checkMembers(members);
  return { dialect, rules, replicas };
}

/** A point has the hashes after the point before it, up to its own; the first also those after the last. */
function sharesOf(circle: Circle, members: number): number[] {
  const shares = new Array<number>(members).fill(0);
  let before = circle.placeAt(circle.size - 1) - 1;
  for (let point = 0; point < circle.size; point++) {
    const at = circle.placeAt(point);
    shares[circle.memberAt(point)]! += at - before;
    before = at;
  }
  return shares;
}
