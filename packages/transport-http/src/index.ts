export { connectHttp } from './connect.js';
export { dialHttp } from './dial.js';
export { dialGroupcache, type GroupcacheDialOptions } from './dial-groupcache.js';
export type { RequestHook } from './dispatch.js';
export type { HttpClientOptions } from './http-client.js';
export { getManyPath, keyPath } from './routes.js';
export { type HttpServer, type HttpServerOptions, serveHttp } from './server.js';
export type { ClientAuth, TlsMaterial, TlsSource } from './tls.js';
