// Keys by 32-bit hash in the order of their last use, each with a weight, and for each the sum of the weights from it to the
// top: the stack of Mattson et al. ("Evaluation techniques for storage hierarchies", 1970), whose depths are the sizes at
// which an LRU cache would still hold the key.
//
// A use takes the next free position and leaves a hole at the old one; a Fenwick tree (Fenwick, "A new data structure for
// cumulative frequency tables", 1994) over the positions sums their weights. When the positions run out, the holes are
// squeezed out and the tree is built anew: as much work as there are positions, once in at least half as many uses.
//
// A weight is bytes times a power of two, so that sums are exact as long as they stay below 2^53.
//
// Memory: 58 bytes for each key that it has room for.

const FIBONACCI = 0x9e3779b1; // 2^32 / golden ratio
const HOLE = 0xff; // in place of a scale

/** From 2^0 to 2^63, exactly: `2 ** n` is a call. */
export const POWERS_OF_2: Float64Array = Float64Array.from({ length: 64 }, (_, n) => 2 ** n);

export class RecencyStack {
  readonly #positions: number;
  readonly #hash: Int32Array;
  readonly #bytes: Uint32Array;
  readonly #scale: Uint8Array;
  readonly #expiresAt: Float64Array;
  /** The Fenwick tree: at i, the sum of the weights from i less its lowest bit, exclusive, to i. */
  readonly #sums: Float64Array;
  readonly #chain: Uint16Array; // next position with the same head
  readonly #heads: Uint16Array;
  readonly #homeShift: number;
  #top = 0; // the latest position
  #oldest = 1; // no key is below it
  #size = 0;
  #total = 0;

  /** @param room the most keys, a power of two up to 16,384: whoever pushes sees to it that there is room. */
  constructor(room: number) {
    this.#positions = 2 * room;
    this.#hash = new Int32Array(this.#positions + 1);
    this.#bytes = new Uint32Array(this.#positions + 1);
    this.#scale = new Uint8Array(this.#positions + 1);
    this.#expiresAt = new Float64Array(this.#positions + 1);
    this.#sums = new Float64Array(this.#positions + 1);
    this.#chain = new Uint16Array(this.#positions + 1);
    this.#heads = new Uint16Array(2 * room);
    this.#homeShift = 32 - Math.log2(2 * room);
  }

  get size(): number {
    return this.#size;
  }

  /** Sum of all weights. */
  get total(): number {
    return this.#total;
  }

  /** The key's position; 0: not here. Good until the next call that changes the stack. */
  find(hash: number): number {
    const wanted = hash | 0;
    let at = this.#heads[this.#home(wanted)]!;
    while (at !== 0 && this.#hash[at] !== wanted) at = this.#chain[at]!;
    return at;
  }

  /** The position of the key that was not used for longest; 0: it is empty. */
  oldest(): number {
    if (this.#size === 0) return 0;
    while (this.#scale[this.#oldest] === HOLE) this.#oldest++;
    return this.#oldest;
  }

  hashAt(position: number): number {
    return this.#hash[position]!;
  }

  bytesAt(position: number): number {
    return this.#bytes[position]!;
  }

  scaleAt(position: number): number {
    return this.#scale[position]!;
  }

  /** Whatever the caller said. */
  expiresAt(position: number): number {
    return this.#expiresAt[position]!;
  }

  /** Sum of the weights of this key and of all that were used after it. */
  depth(position: number): number {
    let below = 0;
    for (let i = position - 1; i > 0; i &= i - 1) below += this.#sums[i]!;
    return this.#total - below;
  }

  /**
   * Puts a key that is not here on top.
   * @param hash 32 bits, signed or not.
   * @param bytes below 2^32; the key's weight is `bytes · 2^scale`.
   * @param scale 0 to 32.
   */
  push(hash: number, bytes: number, scale: number, expiresAt: number): void {
    if (this.#top === this.#positions) this.#squeeze();
    const at = ++this.#top;
    this.#hash[at] = hash;
    this.#link(at);
    this.#size++;
    this.#fill(at, bytes, scale, expiresAt);
    this.#add(at, bytes * POWERS_OF_2[scale]!);
  }

  /** Puts a key that is here on top, and notes what is known of it now. */
  lift(position: number, bytes: number, scale: number, expiresAt: number): void {
    if (this.#top === this.#positions) {
      const hash = this.#hash[position]!;
      this.remove(position); // its position will be another
      this.push(hash, bytes, scale, expiresAt);
      return;
    }
    const weight = this.#weightOf(position);
    const change = bytes * POWERS_OF_2[scale]! - weight;
    let at = position;
    if (position !== this.#top) {
      at = ++this.#top;
      this.#hash[at] = this.#hash[position]!;
      this.#relink(position, at);
      this.#scale[position] = HOLE;
      this.#shift(position, at, weight);
    }
    this.#fill(at, bytes, scale, expiresAt);
    if (change !== 0) this.#add(at, change);
  }

  remove(position: number): void {
    this.#unlink(position);
    this.#add(position, -this.#weightOf(position));
    this.#scale[position] = HOLE;
    this.#size--;
  }

  /** Keeps the keys that pass, each with at least this scale. Cost: all positions. */
  filter(keeps: (hash: number) => boolean, leastScale: number): void {
    const end = this.#top;
    this.#heads.fill(0);
    this.#top = 0;
    this.#total = 0;
    for (let from = this.#oldest; from <= end; from++) {
      const scale = this.#scale[from]!;
      if (scale === HOLE || !keeps(this.#hash[from]!)) continue;
      const to = ++this.#top;
      this.#hash[to] = this.#hash[from]!;
      this.#fill(to, this.#bytes[from]!, Math.max(scale, leastScale), this.#expiresAt[from]!);
      this.#link(to);
    }
    this.#oldest = 1;
    this.#size = this.#top;
    this.#buildSums();
  }

  #squeeze(): void {
    this.filter(() => true, 0);
  }

  #fill(position: number, bytes: number, scale: number, expiresAt: number): void {
    this.#bytes[position] = bytes;
    this.#scale[position] = scale;
    this.#expiresAt[position] = expiresAt;
  }

  #weightOf(position: number): number {
    return this.#bytes[position]! * POWERS_OF_2[this.#scale[position]!]!;
  }

  #buildSums(): void {
    this.#sums.fill(0);
    for (let i = 1; i <= this.#positions; i++) {
      const weight = i <= this.#top ? this.#weightOf(i) : 0;
      this.#total += weight;
      this.#sums[i]! += weight;
      const parent = i + (i & -i);
      if (parent <= this.#positions) this.#sums[parent]! += this.#sums[i]!;
    }
  }

  #add(position: number, weight: number): void {
    this.#total += weight;
    for (let i = position; i <= this.#positions; i += i & -i) this.#sums[i]! += weight;
  }

  /** Moves weight up. The paths of two positions meet, at the latest in the tree's root, since its size is a power of two. */
  #shift(from: number, to: number, weight: number): void {
    let down = from;
    let up = to;
    while (down !== up) {
      if (down < up) {
        this.#sums[down]! -= weight;
        down += down & -down;
      } else {
        this.#sums[up]! += weight;
        up += up & -up;
      }
    }
  }

  #home(hash: number): number {
    return Math.imul(hash, FIBONACCI) >>> this.#homeShift;
  }

  #link(position: number): void {
    const home = this.#home(this.#hash[position]!);
    this.#chain[position] = this.#heads[home]!;
    this.#heads[home] = position;
  }

  #unlink(position: number): void {
    this.#pointTo(this.#chain[position]!, position);
  }

  #relink(position: number, newPosition: number): void {
    this.#chain[newPosition] = this.#chain[position]!;
    this.#pointTo(newPosition, position);
  }

  /** Whatever points to `position` points to `next` from then on. */
  #pointTo(next: number, position: number): void {
    const home = this.#home(this.#hash[position]!);
    let before = 0;
    for (let at = this.#heads[home]!; at !== position; at = this.#chain[at]!) before = at;
    if (before === 0) this.#heads[home] = next;
    else this.#chain[before] = next;
  }
}
