import { readFile } from 'node:fs/promises';

import { ReflectionService } from '@grpc/reflection';
import { descriptorsUrl } from '@ringcache/proto';

import { fieldContents } from './fields.js';

type PackageDefinition = ConstructorParameters<typeof ReflectionService>[0];

const FILE_FIELD = 1; // FileDescriptorSet.file

/** Reflection over the services that are served. Reads the descriptors from disk. */
export async function reflectionOf(services: string[]): Promise<ReflectionService> {
  const files = fieldContents(await readFile(descriptorsUrl), FILE_FIELD);
  return new ReflectionService(packageOf(files), { services });
}

/** A package definition with nothing but its files, since reflection looks at nothing else of it. */
function packageOf(fileDescriptorProtos: Buffer[]): PackageDefinition {
  return { files: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos } };
}
