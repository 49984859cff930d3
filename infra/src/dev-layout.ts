// What `pnpm dev` runs where, in one place: for the banner, the launcher and dev:clean.

export interface DevNode {
  /** Its gRPC address, which is its member id. */
  readonly member: string;
  readonly http: string;
}

export const DEV_NODES: readonly DevNode[] = [
  { member: 'localhost:9999', http: 'localhost:8081' },
  { member: 'localhost:10000', http: 'localhost:8082' },
  { member: 'localhost:10001', http: 'localhost:8083' },
];
export const DEV_ORIGIN = 'localhost:50051';
export const DEV_POSTGRES_PORT = 54_329; // not 5432, where a PostgreSQL of the developer's may be
