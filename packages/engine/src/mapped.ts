/**
 * Memory outside V8's heap that costs nothing before it is written, and goes back to the system when it is collected.
 *
 * It is shared, since that is not on V8's account of external memory, which sets off full collections as it grows: a gigabyte
 * in pieces of 256 KB beside a heap of 1.5 million objects took 23 to 29 of them, and shared one. And it may grow, though it
 * never does, since that V8 maps in pages. Other memory is malloc's: what it gets back it may keep for itself (of a hundred
 * megabytes in pieces of 32 KB all of it), and it may write zeros into a reservation, which makes it resident.
 *
 * Views need a given length: those that follow the buffer's are slow.
 *
 * @throws {RangeError} no more memory.
 */
export function mapped(bytes: number): SharedArrayBuffer {
  return Reflect.construct(SharedArrayBuffer, [bytes, { maxByteLength: bytes }]); // not in TypeScript's ES2023
}
