/** A copy with another length; what is new is 0. Cost: the whole array, so grow by doubling. */
export function resized<A extends Uint8Array | Int32Array | Uint32Array | Float64Array>(array: A, length: number): A {
  const SameKind = array.constructor as new (length: number) => A;
  const copy = new SameKind(length);
  copy.set(array);
  return copy;
}
