/** Names that the sample data has, and some that it has not. */
const KNOWN = ['张三', '李四', '王五', '赵六', '0', '1', '2', '7', '42', '100', '365', '999'];
const UNKNOWN = ['不存在', 'nobody', '1000', '张三丰'];
const UNKNOWN_EVERY = 5;

/** The i-th key of the loop: mostly known names, every fifth an unknown one. */
export function loopKey(i: number): string {
  if (i % UNKNOWN_EVERY === UNKNOWN_EVERY - 1) return UNKNOWN[Math.floor(i / UNKNOWN_EVERY) % UNKNOWN.length]!;
  return KNOWN[(i - Math.floor(i / UNKNOWN_EVERY)) % KNOWN.length]!;
}

const ZIPF_EXPONENT = 0.99; // as YCSB has it

/** Draws keys `0` to `n - 1`, by Zipf's law or each as often. */
export function keyDrawer(
  n: number,
  distribution: 'zipf' | 'uniform',
  random: () => number = Math.random,
): () => string {
  const names = Array.from({ length: n }, (_, i) => String(i));
  if (distribution === 'uniform') return () => names[Math.floor(random() * n)]!;
  const cumulated = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) cumulated[i] = sum += (i + 1) ** -ZIPF_EXPONENT;
  return () => names[firstAtLeast(cumulated, random() * sum)]!;
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
