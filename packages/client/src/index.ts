export { parseTrace, type TraceContext, type Tracing } from '@ringcache/cache-core';
export type { TlsMaterial, TlsSource } from '@ringcache/transport-grpc';
export { BALANCINGS, type Balancing } from './balancing.js';
export { Client, type ClientOptions } from './client.js';
export { type CreateClientOptions, createClient } from './create-client.js';
export { fromDiscovery, fromNodes, type MemberList, type MemberSource } from './sources.js';
