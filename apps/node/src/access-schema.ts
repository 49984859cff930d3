import { MIN_TOKEN_CHARS } from '@ringcache/access';
import { duration, secret } from '@ringcache/config';
import { z } from 'zod';

/** How often a client may come, or all of them. */
export const rateSchema = z.strictObject({
  perSecond: z.number().min(0).max(100_000_000).default(0).describe('Keys a second; 0: no limit.'),
  burst: z
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .optional()
    .describe("Keys at once after a quiet time. Default: a second's."),
});

const token = secret().min(MIN_TOKEN_CHARS, `must have at least ${MIN_TOKEN_CHARS} characters`);

/** Who may come in, and how often. */
export const accessSchema = z.strictObject({
  tokens: z
    .array(
      z.strictObject({
        token: token.describe('What the client sends.'),
        role: z
          .enum(['read', 'write', 'admin'])
          .describe('`write` may read too, `admin` may also clear a group and see what the node counts.'),
        groups: z.array(z.string().min(1)).optional().describe('The groups that it is good for. Default: all.'),
      }),
    )
    .default([])
    .describe(
      'What clients send as `Authorization: Bearer …`, and what each may do. None: everybody may do everything.',
    ),
  peerToken: token.optional().describe('What members send each other; the same on all.'),
  peerNames: z
    .array(z.string().min(1))
    .optional()
    .describe(
      "Names of which a member's certificate has one; `*.` stands for one label, `*` for any name. " +
        'Default: any, if there is a `tls.ca` to verify it by and no `peerToken`.',
    ),
  perClient: rateSchema.prefault({}).describe('For each client: by its token, or its address where it sends none.'),
  perGroup: rateSchema.prefault({}).describe('For each group, all clients together, unless the group says otherwise.'),
  maxInFlight: z
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .default(10_000)
    .describe('Keys that clients wait for at a time; those over it are refused.'),
  shedAbove: duration({ max: '1m' })
    .default(200)
    .describe(
      'How late the event loop may be, all the time, until a part of the requests is refused; 0: whatever it is.',
    ),
});
