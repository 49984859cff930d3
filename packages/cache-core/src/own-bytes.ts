const SMALL = 64; // bytes; V8 keeps so few within the object, until somebody asks for their buffer

/**
 * Bytes that nobody else holds a part of: a value that was cut out of a message would keep all of it alive. What fills its
 * buffer is given back as it is. Small values are copied without a look, since a copy is cheaper than the buffer that V8 would
 * make for the looking.
 */
export function ownBytes(value: Uint8Array): Uint8Array {
  if (value.byteOffset === 0 && value.byteLength > SMALL && value.byteLength === value.buffer.byteLength) return value;
  return new Uint8Array(value);
}
