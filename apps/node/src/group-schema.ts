import { bytes, duration, lifetime } from '@ringcache/config';
import { POLICY_NAMES } from '@ringcache/policies';
import { z } from 'zod';

import { rateSchema } from './access-schema.js';
import { originSchema } from './origin-schema.js';

/** A group as a node's configuration has it, each key with what the reference in docs/ says of it. */
export const groupSchema = z.strictObject({
  origin: originSchema.describe('Where the values of keys that nobody holds come from.'),
  rate: rateSchema.optional().describe('In place of `access.perGroup`.'),
  policy: z
    .enum(POLICY_NAMES as [string, ...string[]])
    .default('auto')
    .describe('Who leaves a full cache.'),
  store: z
    .enum(['slabs', 'heap'])
    .default('slabs')
    .describe(
      "Where values are kept: outside the garbage collector's sight, or as JavaScript values, quicker for some thousands.",
    ),
  maxBytes: bytes({ min: '1MiB', max: '1TiB' })
    .optional()
    .describe(
      "Memory of keys, values and overhead, copies of other members' entries included. " +
        'Default: 64 MiB; with `budgetBytes`, where it begins, and by default an even part of what the others leave.',
    ),
  minBytes: bytes({ min: '64KiB', max: '1TiB' })
    .optional()
    .describe('With `budgetBytes`: what `maxBytes` is never brought below. Default: an eighth of where it begins.'),
  maxEntries: z.number().int().min(1).optional().describe('Default: no limit but `maxBytes`.'),
  ttl: lifetime({ max: '24d' })
    .default(Number.POSITIVE_INFINITY)
    .describe('How long a value lives whose origin or writer says nothing; 0: it is not kept.'),
  ttlJitter: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      'A life is shortened by up to this part of it, by chance: what was loaded together does not expire together.',
    ),
  negativeTtl: duration({ max: '1h' }).default(0).describe('How long "no such key" is remembered; 0: not at all.'),
  staleWhileRevalidate: duration({ max: '24d' })
    .default(0)
    .describe('How long after its expiry a value is given while it is loaded again in the background.'),
  staleIfError: duration({ max: '24d' })
    .default(0)
    .describe(
      "How long after its expiry a value is given in place of a load that fails, or takes most of its caller's time.",
    ),
  softTimeout: duration({ max: '10m' })
    .default(0)
    .describe('How long such a load may take until the expired value is given, while it goes on; 0: as it takes.'),
  refreshAhead: duration({ max: '24d' })
    .default(0)
    .describe('An entry that is read so short a time before it expires is loaded again in the background; 0: none is.'),
  refreshBackoff: duration({ max: '10m' })
    .default(1_000)
    .describe('For how long a key whose load has failed is not loaded again while an older value can be given.'),
  hotTtl: duration({ max: '1h' })
    .default(10_000)
    .describe("How long a copy of another member's entry lives, and so how stale it can get; 0: no copies."),
  hotShare: z
    .number()
    .min(0.001)
    .max(0.999)
    .default(1 / 8)
    .describe('Part of the limits for such copies.'),
  hotAfterFetches: z
    .number()
    .int()
    .min(1)
    .max(255)
    .default(2)
    .describe('A key is copied from its owner once it was asked for here so often of late.'),
  flightTimeout: duration({ min: '10ms', max: '10m' })
    .default(5_000)
    .describe('How long a load, or a fetch with all it falls back to, may take.'),
  warmRestart: z
    .boolean()
    .default(false)
    .describe(
      'Begin with what this node held before it was restarted, which has missed the writes made meanwhile: ' +
        'only for values that do not change, or that may be as old as their `ttl` says. Needs `dumpDir`.',
    ),
});
