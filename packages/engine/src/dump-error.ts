/**
 * `foreign`: this is no dump. `newer`: a version of the format that this one cannot read. `truncated`: it ends too early.
 * `damaged`: its bytes are not those that were written.
 */
export type DumpFault = 'foreign' | 'newer' | 'truncated' | 'damaged';

/** A dump that is refused: nothing of it may be used. */
export class DumpError extends Error {
  override readonly name = 'DumpError';
  readonly fault: DumpFault;
  /** How many bytes were good, from the dump's beginning. */
  readonly offset: number;

  constructor(fault: DumpFault, offset: number, message: string) {
    super(`${message} (${fault} at byte ${offset})`);
    this.fault = fault;
    this.offset = offset;
  }
}
