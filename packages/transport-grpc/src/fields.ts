import { LENGTH, WireReader } from './wire-reader.js';

/**
 * The contents of a protobuf message's length-delimited fields of that number, for messages that no generated code knows.
 * @throws {RangeError} the bytes are no message.
 */
export function fieldContents(bytes: Buffer, field: number): Buffer[] {
  const contents: Buffer[] = [];
  const reader = new WireReader(bytes);
  while (reader.at < reader.end) {
    const tag = reader.uint32();
    if (tag === ((field << 3) | LENGTH)) contents.push(reader.view());
    else reader.skip(tag & 7);
  }
  return contents;
}
