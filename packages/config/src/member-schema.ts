import { z } from 'zod';
import { address, memberAddress } from './address.js';

/** Points on the ring grow with the weight; the limit keeps one slip of a zero from taking all memory. */
const MAX_WEIGHT = 1000;

const optionalAddress = z.union([z.literal(''), address.pipe(memberAddress)]).default('');

/** A member of the ring as configuration names it: an id, an address or two, a weight (1 by default). */
export const memberSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 visible ASCII characters')
      .meta({
        title: '1 to 256 visible ASCII characters',
        description: 'What the ring hashes.',
      }),
    grpc: optionalAddress.describe('Where it is reached over gRPC; it has this address, or the other.'),
    http: optionalAddress.describe('The same over HTTP.'),
    weight: z
      .number()
      .gt(0)
      .max(MAX_WEIGHT)
      .default(1)
      .describe('Its share of the keys, beside those of other members.'),
  })
  .refine((member) => member.grpc !== '' || member.http !== '', 'must have a grpc or an http address');
