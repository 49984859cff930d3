/**
 * A copy with another length; what is new is 0. Cost: the whole array, so grow by doubling.
 *
 * It lies in a SharedArrayBuffer, which is not on V8's account of external memory: what grows to hundreds of megabytes there
 * sets off full collections.
 */
export function resized<A extends Uint8Array | Int32Array | Uint32Array | Float64Array>(array: A, length: number): A {
  const SameKind = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new SameKind(new SharedArrayBuffer(length * array.BYTES_PER_ELEMENT));
  copy.set(array);
  return copy;
}
