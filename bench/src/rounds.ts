// Measurements that take turns: A B A B, never A A B B. A machine's speed drifts within seconds (clocks, neighbours, heat);
// what is compared must be close in time, so the figure is the median over rounds of the ratio within a round.

/**
 * Runs every name once a round; every second round goes backwards, so that nobody always follows the same one.
 * @returns for each name its results by round.
 */
export async function interleaved<Name extends string, Result>(
  names: readonly Name[],
  rounds: number,
  run: (name: Name, round: number) => Promise<Result>,
): Promise<Map<Name, Result[]>> {
  const results = new Map<Name, Result[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) results.get(name)!.push(await run(name, round));
  }
  return results;
}

/** @throws {RangeError} of nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How many times as fast as the reference: the median of its time over ours, round by round. */
export function medianRatio(reference: readonly number[], times: readonly number[]): number {
  return median(times.map((time, round) => reference[round]! / time));
}
