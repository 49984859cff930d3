/** Requests, in order. */
export interface Trace {
  /** What was asked for, each below {@link unique}. */
  readonly ids: Uint32Array;
  readonly unique: number;
  /** Bytes of what was asked for, one id always the same; left out: every object counts as one. */
  readonly sizes?: Float64Array;
}
