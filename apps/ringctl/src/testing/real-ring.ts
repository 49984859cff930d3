import { type Discovery, staticDiscovery } from '@ringcache/discovery';
import { freePorts } from '@ringcache/infra';
import { bytes, type JoinTls, join, type Node } from 'ringcache';

export interface RealRing {
  readonly nodes: readonly Node<unknown>[];
  readonly ids: readonly string[];
  readonly http: readonly string[];
  close(): Promise<void>;
}

/** So many members in this process, on real ports; the origin of the group `g` gives each key itself, but for `none`. */
export async function realRing(size: number, tls?: JoinTls): Promise<RealRing> {
  const ports = await freePorts(2 * size);
  const members = Array.from({ length: size }, (_, i) => {
    const grpc = `localhost:${ports[2 * i]}`;
    return { id: grpc, grpc, http: `localhost:${ports[2 * i + 1]}`, weight: 1 };
  });
  const load = async (key: string) => {
    if (key === 'fails') throw new Error('the origin is\nbroken');
    return key === 'none' ? undefined : Buffer.from(key);
  };
  const discoveries: Discovery[] = [];
  const nodes = await Promise.all(
    members.map(({ grpc, http }) => {
      const discovery = staticDiscovery(members);
      discoveries.push(discovery);
      return join({
        grpc,
        http,
        discovery,
        tls,
        handoffMs: 0,
        groups: { g: { codec: bytes, load }, kv: { codec: bytes, hotTtlMs: 0 } },
      });
    }),
  );
  while (!nodes.every((node) => node.isActing)) await new Promise((resolve) => setImmediate(resolve));
  return {
    nodes,
    ids: members.map(({ id }) => id),
    http: members.map(({ http }) => http),
    close: async () => {
      await Promise.all(nodes.map((node) => node.leave()));
      await Promise.all(discoveries.map((discovery) => discovery.close()));
    },
  };
}
