import type { CacheNode, HeldEntry } from '@ringcache/cache-core';
import { pipe } from '@ringcache/proto';

import type { ReceivedRequest } from './pipe-decode.js';
import { checkValueLength } from './wire.js';

/**
 * Finds what a get asks for, if the node holds it: without a promise, and without a string of the key.
 * @throws {CacheError} `too_large` for what a message may not carry; `not_found`, if that is what is held.
 */
export function findHeldFor(
  node: CacheNode,
  from: 'client' | 'peer',
  maxValueBytes: number,
): (request: ReceivedRequest) => HeldEntry | undefined {
  return ({ op, group, message, keyStart, keyEnd, traceParent }) => {
    if (op !== pipe.Op.GET) return undefined;
    const held = node.groups.get(group)?.answerHeld(message, keyStart, keyEnd, from, traceParent);
    if (held !== undefined) checkValueLength(held.valueLength, maxValueBytes);
    return held;
  };
}
