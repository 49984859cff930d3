// A protobuf message's fields, one level deep, without decoding them: to count entries before they become objects, and to
// take apart what generated code does not know.

/** How many fields of that number the message has. @throws {RangeError} the bytes are no message. */
export function countFields(bytes: Buffer, field: number): number {
  let count = 0;
  walk(bytes, (number) => {
    if (number === field) count++;
  });
  return count;
}

/** The contents of the length-delimited fields of that number. @throws {RangeError} the bytes are no message. */
export function fieldContents(bytes: Buffer, field: number): Buffer[] {
  const contents: Buffer[] = [];
  walk(bytes, (number, start, end) => {
    if (number === field) contents.push(bytes.subarray(start, end));
  });
  return contents;
}

function walk(bytes: Buffer, visit: (number: number, start: number, end: number) => void): void {
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const tag = varint(reader);
    const length = lengthOf(reader, tag & 7);
    const start = reader.at;
    reader.at += length;
    if (reader.at > bytes.length) throw new RangeError('a field is longer than its message');
    visit(tag >>> 3, start, reader.at);
  }
}

/** Length of a field's contents, with the reader at their start. */
function lengthOf(reader: { bytes: Buffer; at: number }, wireType: number): number {
  switch (wireType) {
    case 0: {
      const start = reader.at;
      varint(reader);
      const length = reader.at - start;
      reader.at = start;
      return length;
    }
    case 1:
      return 8;
    case 2:
      return varint(reader);
    case 5:
      return 4;
    default:
      throw new RangeError(`no such wire type: ${wireType}`);
  }
}

const MAX_VARINT_BYTES = 10;

/** The number at the reader, which moves past it: its low 32 bits, unsigned. */
function varint(reader: { bytes: Buffer; at: number }): number {
  let value = 0;
  for (let i = 0; i < MAX_VARINT_BYTES && reader.at < reader.bytes.length; i++) {
    const byte = reader.bytes[reader.at++]!;
    if (i < 5) value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value >>> 0;
  }
  throw new RangeError('a number has no end');
}
