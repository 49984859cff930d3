// What grpc-js makes of a request that cannot be read is INTERNAL, as if this side was at fault. So a request is decoded to what it is,
// or to why it is none, which `unary` answers with.

import type { ServiceDefinition } from '@grpc/grpc-js';

/** A request that could not be read. */
export class UnreadableRequest {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Returns the service, its unary requests decoded so. */
export function withReadableRequests<Service extends ServiceDefinition>(service: Service): Service {
  const methods = Object.entries(service).map(([name, method]) => {
    if (method.requestStream) return [name, method];
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        return method.requestDeserialize(bytes);
      } catch (error) {
        return new UnreadableRequest((error as Error).message);
      }
    };
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(methods) as Service;
}
