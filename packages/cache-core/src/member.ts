/** A running node in the ring. */
export interface Member {
  /** What the ring hashes, unique in the cluster: `host:port` by habit, a base URL in the `groupcache` dialect. */
  readonly id: string;
  /** `host:port` of its gRPC server; empty: it has none. */
  readonly grpc: string;
  /** `host:port` of its HTTP server; empty: it has none. */
  readonly http: string;
  /** Its share of the ring against the others' shares; > 0, 1 by habit. */
  readonly weight: number;
}

/** Returns the member as it is told to others than members, who have no use for what tells processes apart. */
export function ofNoProcess({ id, grpc, http, weight }: Member): Member {
  return { id, grpc, http, weight };
}
