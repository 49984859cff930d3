// What is held against what: each way into a node of ours, and what Node.js gives at best for the same bytes; and a node that
// has traces off against ones that have them on.

export const PATHS = {
  unary: { ours: 'ringcache-unary', floors: ['grpc-unary'] },
  batched: { ours: 'ringcache-pipe', floors: ['grpc-stream', 'tcp'] },
  http: { ours: 'ringcache-http', floors: ['node-http'] },
  traces: { ours: 'ringcache-pipe', floors: ['traces-drawn', 'traces-unsampled', 'traces-sampled'] },
} as const;

export type PathName = keyof typeof PATHS;

export type OursName = (typeof PATHS)[PathName]['ours'];

export type FloorName = (typeof PATHS)[PathName]['floors'][number];

/** Ours again, with traces: what a node without them is held against. */
export type TracedName = (typeof PATHS)['traces']['floors'][number];

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
  'traces-drawn': 'the client that batches, at a node that draws one get of a hundred to be recorded',
  'traces-unsampled': 'likewise, every get of a trace that is not recorded',
  'traces-sampled': 'likewise, every get of a trace that is recorded and sent to a collector',
};
