// How well batching works shows in how much a message carries. Counted a message, not a request, in plain numbers.

/** Upper bounds of the buckets, inclusive; a server may be set to send messages of more. */
export const BATCH_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const;

/** Sizes of messages, in the buckets of {@link BATCH_BOUNDS} and one beyond. */
export class SizeHistogram {
  /** Messages in each bucket, not cumulative. */
  readonly counts = new Float64Array(BATCH_BOUNDS.length + 1);
  /** Entries of all messages together. */
  sum = 0;

  /** @param entries of one message; 0: it had none, and is not counted. */
  add(entries: number): void {
    if (entries <= 0) return;
    const bucket = 32 - Math.clz32(entries - 1); // the least power of two that is not below
    this.counts[Math.min(bucket, BATCH_BOUNDS.length)]!++;
    this.sum += entries;
  }
}

/** What messages carried since start, on the pipes of one process, as client of other members and as server. */
export class BatchSizes {
  readonly requests = { sent: new SizeHistogram(), received: new SizeHistogram() };
  readonly answers = { sent: new SizeHistogram(), received: new SizeHistogram() };
}
