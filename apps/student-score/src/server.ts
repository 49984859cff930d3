import { Server } from '@grpc/grpc-js';
import { origin, student } from '@ringcache/proto';
import { HealthImplementation } from 'grpc-health-check';
import { listenOn } from './listen.js';
import { originService } from './origin-service.js';
import { reflectionOf } from './reflection.js';
import { studentService } from './student-service.js';
import type { Students } from './students.js';
import type { Witnesses } from './unary.js';

const SERVICES = ['student.v1.StudentService', 'ringcache.origin.v1.Origin'];
const MAX_MESSAGE_BYTES = 64 * 1024; // a name and a score; pages go the other way
const MAX_STREAMS_PER_CONNECTION = 1_000; // further calls of that client wait their turn

export interface RunningServer {
  readonly port: number;
  /** Says NOT_SERVING, lets calls in flight finish for `drainMs`, then ends what is left. */
  close(drainMs: number): Promise<void>;
}

/** @throws what {@link listenOn} throws. */
export async function serve(listen: string, students: Students, witnesses: Witnesses): Promise<RunningServer> {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_concurrent_streams': MAX_STREAMS_PER_CONNECTION,
  });
  server.addService(student.StudentServiceService, studentService(students, witnesses));
  server.addService(origin.OriginService, originService(students, witnesses));
  const watched = ['', ...SERVICES]; // '': the server as a whole, by the protocol
  const health = new HealthImplementation(Object.fromEntries(watched.map((name) => [name, 'SERVING'])));
  health.addToServer(server);
  (await reflectionOf(SERVICES)).addToServer(server);

  try {
    const port = await listenOn(server, listen);
    const close = (drainMs: number) => {
      for (const name of watched) health.setStatus(name, 'NOT_SERVING');
      return drain(server, drainMs);
    };
    return { port, close };
  } catch (error) {
    server.forceShutdown(); // some addresses may be bound
    throw error;
  }
}

function drain(server: Server, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A client that watches health never ends its stream: without this it could keep us here for ever.
    const force = setTimeout(() => server.forceShutdown(), drainMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
