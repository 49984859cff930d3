// One name a file, since messages such as GetRequest exist in several packages: `cache.GetRequest`, `student.GetRequest`.
export * as groupcachepb from './gen/groupcachepb/groupcache.js';
export * as origin from './gen/ringcache/origin/v1/origin.js';
export * as admin from './gen/ringcache/v1/admin.js';
export * as cache from './gen/ringcache/v1/cache.js';
export * as membership from './gen/ringcache/v1/membership.js';
export * as peer from './gen/ringcache/v1/peer.js';
export * as pipe from './gen/ringcache/v1/pipe.js';
export * as student from './gen/student/v1/student.js';

/** A FileDescriptorSet of all of the above, as gRPC server reflection wants it. */
export const descriptorsUrl: URL = new URL('./gen/descriptors.binpb', import.meta.url);
