import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Client, credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@ringcache/infra';
import { service as healthService } from 'grpc-health-check';
import pg from 'pg';
import { Service } from './testing/service.js';

const HealthClient = makeGenericClientConstructor(healthService, 'grpc.health.v1.Health');
const SERVICES = ['student.v1.StudentService', 'ringcache.origin.v1.Origin'];

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const start = (listen = 'localhost:0') => Service.start({ url: postgres.url, listen });
const targetOf = (service: Service) => `localhost:${service.app.port}`;

async function listening(port: number, host: string): Promise<Server> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  return server;
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

test('health is SERVING, and NOT_SERVING while calls in flight are let finish', async () => {
  const service = await start();
  const health = new HealthClient(targetOf(service), credentials.createInsecure());
  const watch = health.watch!({ service: SERVICES[0] });
  const statuses: string[] = [];
  const changed = new Promise<void>((resolve) => {
    watch.on('data', ({ status }: { status: string }) => {
      statuses.push(status);
      if (status === 'NOT_SERVING') resolve();
    });
  });
  watch.on('error', () => {}); // the server ends it
  await once(watch, 'data');

  const blocker = new pg.Client({ connectionString: postgres.url });
  await blocker.connect();
  await blocker.query(`BEGIN; UPDATE students SET score = 100 WHERE name = '张三'`);
  const update = service.update('张三', 100);
  while ((await blocker.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount === 0); // it is in flight
  const closing = service.app.close(5_000);
  await changed;
  await blocker.query('COMMIT');
  await blocker.end();
  expect(await update).toEqual({ name: '张三', score: 100 });
  health.close();
  watch.cancel();
  service.students.close();
  service.origin.close();
  await closing;
  expect(statuses).toEqual(['SERVING', 'NOT_SERVING']);
});

test('a stream that never ends holds up the end for the drain time only', async () => {
  const service = await start();
  const health = new HealthClient(targetOf(service), credentials.createInsecure());
  const watch = health.watch!({ service: '' });
  const cut = new Promise<Error>((resolve) => watch.on('error', resolve));
  await once(watch, 'data');
  await service.app.close(200); // without the drain time it would last as long as the stream
  expect(await cut).toBeInstanceOf(Error);
  health.close();
  service.students.close();
  service.origin.close();
});

test('reflection names the services and gives their files', async () => {
  const service = await start();
  const client = new Client(targetOf(service), credentials.createInsecure());
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  const asIs = (bytes: Buffer) => bytes;
  const stream = client.makeBidiStreamRequest(path, asIs, asIs);
  const ask = async (field: number, text: string): Promise<string> => {
    stream.write(Buffer.from([(field << 3) | 2, text.length, ...Buffer.from(text)])); // one string field of the request
    const [answer] = await once(stream, 'data');
    return answer.toString('latin1');
  };
  const list = await ask(7, '*');
  for (const name of SERVICES) expect(list).toContain(name);
  expect(list).not.toContain('ringcache.v1');
  expect(await ask(4, 'student.v1.StudentService')).toContain('student/v1/student.proto');
  expect(await ask(4, 'ringcache.origin.v1.Origin')).toContain('LoadRequest');
  stream.end();
  client.close();
  await service.close();
});

test('a port that is taken is named, with what to do', async () => {
  const other = await listening(0, '127.0.0.1');
  const { port } = other.address() as { port: number };
  for (const listen of [`localhost:${port}`, `127.0.0.1:${port}`]) {
    const failure = start(listen);
    await expect(failure).rejects.toThrow(
      `port ${port} on 127.0.0.1 is taken by another process: stop that one, or choose another port with --listen`,
    );
  }
  await closed(other);
  const service = await start(`localhost:${port}`); // nothing of the failed starts is left
  await service.close();
});

test('the same port twice is refused, though it is our own', async () => {
  const first = await start();
  await expect(start(targetOf(first))).rejects.toMatchObject({ name: 'PortTakenError' });
  await first.close();
});

test('an address that this machine does not have is named', async () => {
  await expect(start('192.0.2.1:50051')).rejects.toThrow(/^cannot listen on 192\.0\.2\.1:50051: .*EADDRNOTAVAIL/);
});
