import type { AdminClient, CallOptions, ConnectAdmin } from '@ringcache/cache-core';
import { admin } from '@ringcache/proto';
import { checkTls } from '@ringcache/tls';
import { flightsFromWire, keyFromWire, levelFromWire, reportFromWire } from './admin-from-wire.js';
import { Channel } from './channel.js';
import { clientLimits, type GrpcClientOptions } from './client-options.js';
import { maxMessageBytes } from './limits.js';
import { callUnary, type UnaryMethod } from './unary-call.js';

const { AdminService: methods } = admin;

/** How an operator, or another member, reaches a member's Admin over gRPC: a connection each, made when it is first asked. */
export function adminGrpc(options: GrpcClientOptions = {}): ConnectAdmin {
  const limits = clientLimits(options);
  checkTls(options.tls);
  return ({ grpc: address }): AdminClient => {
    const channel = new Channel({
      ...limits,
      address,
      name: address === '' ? 'the member' : address,
      credentials: options.credentials,
      tls: options.tls,
      maxMessageBytes: maxMessageBytes(limits.maxValueBytes, limits.maxBytesPerMessage),
    });
    const caller = { channel, limits, token: options.token };
    const ask = <Request, Response>(method: UnaryMethod<Request, Response>, request: Request, call: CallOptions = {}) =>
      callUnary(caller, method, request, call);
    return {
      report: async (call) => reportFromWire(await ask(methods.report, {}, call)),
      inspect: async (group, key, call) => keyFromWire(await ask(methods.inspect, { group, key }, call)),
      async hotKeys(group, limit, call) {
        const whole = Number.isSafeInteger(limit) && limit > 0 ? Math.min(limit, MAX_UINT32) : 0; // is refused there
        return (await ask(methods.hotKeys, { group, limit: whole }, call)).keys;
      },
      flights: async (call) => flightsFromWire(await ask(methods.flights, {}, call)),
      drain: async (call) => void (await ask(methods.drain, {}, call)),
      logLevel: async (level, call) => levelFromWire((await ask(methods.logLevel, { level: level ?? '' }, call)).level),
      config: async (call) => (await ask(methods.config, {}, call)).yaml,
      reload: (call) => ask(methods.reload, { dryRun: call?.dryRun ?? false }, call),
      close: () => channel.close(),
    };
  };
}

const MAX_UINT32 = 2 ** 32 - 1;
