// What is held against what: each way into a node of ours, and what Node.js gives at best for the same bytes.

export const PATHS = {
  unary: { ours: 'ringcache-unary', floors: ['grpc-unary'] },
  batched: { ours: 'ringcache-pipe', floors: ['grpc-stream', 'tcp'] },
  http: { ours: 'ringcache-http', floors: ['node-http'] },
} as const;

export type PathName = keyof typeof PATHS;

export type OursName = (typeof PATHS)[PathName]['ours'];

export type FloorName = (typeof PATHS)[PathName]['floors'][number];

export type EndName = OursName | FloorName;

export const PATH_NAMES = Object.keys(PATHS) as PathName[];

export const ABOUT: Record<EndName, string> = {
  'ringcache-unary': 'Get of the Cache service, asked with the generated client',
  'grpc-unary': 'a grpc-js method that answers from a Map, nothing decoded',
  'ringcache-pipe': 'the client that batches, one stream',
  'grpc-stream': 'a grpc-js stream with the same batches of records of the same size, answered from a Map',
  tcp: 'the same records over a socket, without gRPC and HTTP/2',
  'ringcache-http': 'GET /v1/groups/bench/keys/KEY',
  'node-http': 'a node:http server that sends the same headers and body',
};
