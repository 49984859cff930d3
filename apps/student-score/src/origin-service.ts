import { status } from '@grpc/grpc-js';
import type { origin } from '@ringcache/proto';
import { StudentError } from './errors.js';
import type { Students } from './students.js';
import { unary, type Witnesses } from './unary.js';

/** The group in the cache whose keys are students' names. */
export const SCORES_GROUP = 'scores';

const NO_SUCH_GROUP = {
  code: status.FAILED_PRECONDITION, // not NOT_FOUND, which says that there is no such key, and would be cached
  details: `unknown group: this origin has only "${SCORES_GROUP}"`,
};

/** What the cache loads from: the score of the student named by the key, as decimal text in UTF-8. */
export function originService(students: Students, witnesses: Witnesses): origin.OriginServer {
  const load = unary(witnesses, async ({ key }: origin.LoadRequest, trace): Promise<origin.LoadResponse> => {
    const score = await students.score(key, trace);
    if (score === undefined) throw new StudentError('NOT_FOUND');
    return { value: Buffer.from(score), ttlMs: 0 };
  });
  return {
    load: (call, callback) => (call.request.group === SCORES_GROUP ? load(call, callback) : callback(NO_SUCH_GROUP)),
  };
}
