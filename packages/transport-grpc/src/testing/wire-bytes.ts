// Protobuf by hand, for what no encoder of ours writes: fields of a version to come, and what is no message at all.

const CONTINUES = 0x80n;
const BITS_64 = 1n << 64n;

/** A number in 7 bits a byte; a negative one in ten, as int32 and int64 have it. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = (BigInt(value) + BITS_64) % BITS_64;
  for (; rest >= CONTINUES; rest >>= 7n) bytes.push(Number(rest % CONTINUES) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** What a field begins with. Types: 0 varint, 1 fixed64, 2 length, 3 and 4 a group's begin and end, 5 fixed32; 6 and 7 are none. */
export function tag(field: number, type: number): Buffer {
  return varint((BigInt(field) << 3n) | BigInt(type));
}

export function number(field: number, value: number | bigint): Buffer {
  return Buffer.concat([tag(field, 0), varint(value)]);
}

export function fixed64(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, 1), bytes]);
}

export function fixed32(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return Buffer.concat([tag(field, 5), bytes]);
}

/** A string, bytes, numbers packed, or a message within a message. */
export function bytes(field: number, ...contents: (Uint8Array | string)[]): Buffer {
  const whole = message(...contents);
  return Buffer.concat([tag(field, 2), varint(whole.length), whole]);
}

export function message(...fields: (Uint8Array | string)[]): Buffer {
  return Buffer.concat(fields.map((field) => Buffer.from(field)));
}

/** Fields of every type, with numbers that no message has so far: the next one, one that takes two bytes, the last of all. */
export const UNKNOWN_FIELDS: readonly Buffer[] = [15, 1000, 2 ** 29 - 1].flatMap((field) => [
  number(field, 1),
  number(field, 2n ** 64n - 1n),
  fixed64(field, 1.5),
  bytes(field, 'not known yet'),
  bytes(field, message(varint(1), varint(300), varint(70_000))), // numbers, packed
  bytes(field),
  fixed32(field, 7),
]);
