// Members as EndpointSlices of a service have them (discovery.k8s.io/v1): addresses that share ports, in as many slices as it
// takes. What is read here came over a network: nothing of its shape is taken for granted.

import { CacheError, type Member, type OnError } from '@ringcache/cache-core';
import { checkMember } from './member-record.js';

export type AddressType = 'IPv4' | 'IPv6';

export interface SliceNames {
  readonly grpcPortName: string;
  readonly httpPortName: string;
  /** Of a service with both families, each pod has a slice in each: only this one counts. */
  readonly addressType: AddressType;
  readonly onError: OnError;
}

/** What is used of an EndpointSlice. */
export interface EndpointSlice {
  readonly name: string;
  readonly members: readonly Member[];
}

/** @throws {CacheError} `unavailable`: it is no EndpointSlice. */
export function sliceOf(value: unknown, names: SliceNames): EndpointSlice {
  const slice = mapOf(value);
  const { name } = mapOf(slice?.metadata) ?? {};
  if (slice === undefined || typeof name !== 'string') throw new CacheError('unavailable', 'no EndpointSlice');
  if (slice.addressType !== names.addressType) return { name, members: [] };
  const grpc = portNamed(slice.ports, names.grpcPortName);
  const http = portNamed(slice.ports, names.httpPortName);
  const endpoints = listOf(slice.endpoints);
  if (grpc === undefined && http === undefined && endpoints.length > 0) {
    const { grpcPortName, httpPortName, onError } = names;
    onError(new CacheError('invalid_argument', `skipped ${name}: no port is named ${grpcPortName} or ${httpPortName}`));
    return { name, members: [] };
  }
  const members = endpoints.flatMap((endpoint) => memberOf(name, endpoint, { grpc, http }, names));
  return { name, members };
}

/** Of all slices, each member once: while a pod moves to another slice, it is in both. */
export function membersOf(slices: Iterable<EndpointSlice>): Member[] {
  const members = new Map<string, Member>();
  for (const slice of slices) for (const member of slice.members) members.set(member.id, member);
  return [...members.values()];
}

interface Ports {
  readonly grpc: number | undefined;
  readonly http: number | undefined;
}

/** Empty: it is not ready, or no member. */
function memberOf(slice: string, value: unknown, ports: Ports, { addressType, onError }: SliceNames): Member[] {
  const endpoint = mapOf(value);
  const { ready, terminating } = mapOf(endpoint?.conditions) ?? {};
  if (ready === false || terminating === true) return []; // left out, ready is true: so says the API
  const [address] = listOf(endpoint?.addresses); // the only one, by the API's promise
  const host = addressType === 'IPv6' ? `[${address}]` : String(address);
  const grpc = ports.grpc === undefined ? '' : `${host}:${ports.grpc}`;
  const http = ports.http === undefined ? '' : `${host}:${ports.http}`;
  const member = { id: grpc === '' ? http : grpc, grpc, http, weight: 1 };
  try {
    checkMember(member);
    return [member];
  } catch (error) {
    const { message } = error as CacheError;
    onError(new CacheError('invalid_argument', `skipped an endpoint of ${slice}: ${message}`, { cause: error }));
    return [];
  }
}

function portNamed(ports: unknown, name: string): number | undefined {
  const found = listOf(ports)
    .map(mapOf)
    .find((port) => port?.name === name);
  return typeof found?.port === 'number' ? found.port : undefined;
}

export function mapOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
