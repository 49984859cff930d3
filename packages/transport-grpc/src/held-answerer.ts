import type { CacheNode } from '@ringcache/cache-core';
import { pipe } from '@ringcache/proto';

import type { Response } from './pipe-codec.js';
import type { ReceivedRequest } from './pipe-decode.js';
import type { ServerLimits } from './server-options.js';
import { answerToWire } from './wire.js';

/** Answers gets of what the node holds, without a promise, and without a string of the key. */
export function heldAnswerer(
  node: CacheNode,
  from: 'client' | 'peer',
  limits: ServerLimits,
): (request: ReceivedRequest) => Response | undefined {
  return (request) => {
    if (request.op !== pipe.Op.GET) return undefined;
    const held = node.groups.get(request.group)?.answerHeld(request.keyBytes, from);
    return held === undefined ? undefined : answerToWire(request.id, held, limits.maxValueBytes);
  };
}
