import { CacheError } from './errors.js';
import type { Group } from './group.js';
import type { Peers } from './peers.js';
import { checkGroupName } from './validate.js';

/** What a server serves: this node's place in the ring, and its groups by name. */
export interface CacheNode {
  readonly peers: Peers;
  readonly groups: ReadonlyMap<string, Group>;
}

/** @throws {CacheError} `no_such_group`; `invalid_argument` for what cannot be a group's name. */
export function groupOf(node: CacheNode, name: string): Group {
  const group = node.groups.get(name);
  if (group !== undefined) return group;
  checkGroupName(name);
  throw new CacheError('no_such_group', `no such group: ${JSON.stringify(name)}`);
}
