import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { service as healthService } from 'grpc-health-check';

import { fieldContents } from './fields.js';
import { asItIs } from './pipe-codec.js';
import { Stage } from './testing/stage.js';

const stage = new Stage();

function clientOf(address: string): Client {
  const client = new Client(address, credentials.createInsecure());
  stage.atEnd(() => client.close());
  return client;
}

/** One question to the reflection service, in its own bytes. */
function reflect(address: string, version: 'v1' | 'v1alpha', question: Buffer): Promise<Buffer> {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const stream = clientOf(address).makeBidiStreamRequest<Buffer, Buffer>(path, asItIs, asItIs);
  return new Promise((resolve, reject) => {
    stream.on('data', resolve).on('error', reject);
    stream.end(question);
  });
}

const LIST_SERVICES = Buffer.from('\x3a\x01*'); // list_services = 7
const LIST_SERVICES_RESPONSE = 6;
const fileContaining = (symbol: string) => Buffer.from(`\x22${String.fromCharCode(symbol.length)}${symbol}`); // = 4
const FILE_DESCRIPTOR_RESPONSE = 4;
const ERROR_RESPONSE = 7;

describe('reflection', () => {
  test.each(['v1', 'v1alpha'] as const)('%s lists the services that are served, and no others', async (version) => {
    const { server } = await stage.serve(undefined);
    const answer = await reflect(server.address, version, LIST_SERVICES);
    const [list] = fieldContents(answer, LIST_SERVICES_RESPONSE);
    const names = fieldContents(list!, 1).map((each) => fieldContents(each, 1)[0]!.toString());
    expect(names.sort()).toEqual([
      'groupcachepb.GroupCache',
      'ringcache.v1.Admin',
      'ringcache.v1.Cache',
      'ringcache.v1.Peer',
    ]);
  });

  test('describes a service together with the files that it imports', async () => {
    const { server } = await stage.serve(undefined);
    const answer = await reflect(server.address, 'v1', fileContaining('ringcache.v1.Cache'));
    expect(fieldContents(answer, ERROR_RESPONSE)).toEqual([]);
    const [response] = fieldContents(answer, FILE_DESCRIPTOR_RESPONSE);
    const names = fieldContents(response!, 1).map((file) => fieldContents(file, 1)[0]!.toString());
    expect(names.sort()).toEqual(['cache', 'membership', 'pipe'].map((name) => `ringcache/v1/${name}.proto`));
  });
});

describe('health', () => {
  test.each(['', 'ringcache.v1.Cache', 'ringcache.v1.Peer', 'groupcachepb.GroupCache'])(
    'of %j is SERVING',
    async (name) => {
      const { server } = await stage.serve(undefined);
      expect(await check(server.address, name)).toEqual({ status: 'SERVING' });
    },
  );

  test('of what is not served is unknown', async () => {
    const { server } = await stage.serve(undefined);
    await expect(check(server.address, 'student.v1.Scores')).rejects.toMatchObject({ details: /unknown/ });
  });
});

function check(address: string, service: string): Promise<unknown> {
  const { path, requestSerialize, responseDeserialize } = healthService.Check!;
  return new Promise((resolve, reject) => {
    clientOf(address).makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}
