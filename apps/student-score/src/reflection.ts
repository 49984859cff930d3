import { readFile } from 'node:fs/promises';
import { ReflectionService } from '@grpc/reflection';
import { descriptorsUrl } from '@ringcache/proto';

const FILE_TAG = 0x0a; // field 1, length-delimited: FileDescriptorSet is nothing but `repeated FileDescriptorProto file = 1`

/** gRPC server reflection for the named services, so that grpcurl and its like need no .proto files. */
export async function reflectionOf(services: string[]): Promise<ReflectionService> {
  const files = splitDescriptorSet(await readFile(descriptorsUrl));
  // Of the package definition, reflection reads only the encoded files.
  const entry = { format: 'Protocol Buffer 3 EnumDescriptorProto' as const, type: {}, fileDescriptorProtos: files };
  return new ReflectionService({ files: entry }, { services });
}

function splitDescriptorSet(set: Buffer): Buffer[] {
  const files: Buffer[] = [];
  for (let at = 0; at < set.length; ) {
    if (set[at++] !== FILE_TAG) throw new Error(`not a FileDescriptorSet: ${descriptorsUrl}`);
    let length = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = set.readUInt8(at++);
      length |= (byte & 0x7f) << shift;
    }
    files.push(set.subarray(at, at + length));
    at += length;
  }
  return files;
}
