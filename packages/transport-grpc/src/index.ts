export type { GrpcClientOptions } from './client-options.js';
export { CODE_TRAILER, STATUS_OF_CODE } from './codes.js';
export { connectGrpc, type GrpcConnectOptions, type GrpcNodeClient } from './connect.js';
export { dialGrpc, type GrpcPeerClient } from './dial.js';
export type { PipeStats } from './pipe-client.js';
export { type GrpcServer, serveGrpc } from './server.js';
export type { GrpcServerOptions } from './server-options.js';
export type { ClientAuth, TlsMaterial, TlsSource } from './tls.js';
