import { address, duration, secret } from '@ringcache/config';
import { z } from 'zod';

/** What keeps an origin from being asked too much, too long, or in vain for ever. */
const askingLimits = {
  timeout: duration({ min: '1ms', max: '5m' }).default(2_000).describe('How long one attempt may take.'),
  attempts: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe(
      'Attempts at most; those after the first follow a failure that another try may mend, after a pause with jitter.',
    ),
  concurrency: z.number().int().min(1).max(10_000).default(64).describe('Attempts at one time.'),
  queue: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(1_000)
    .describe('Loads that wait for their turn; more are refused as overloaded.'),
  rate: z.number().min(0).max(1_000_000).default(0).describe('Attempts a second (a token bucket); 0: no limit.'),
  burst: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe('How many attempts may come at once after a quiet time, where there is a rate.'),
};

const KIND = 'What the origin is; `none`: a plain key-value group, which holds what was put in it.';

/** Where the values of a group come from. */
export const originSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('grpc').describe(KIND),
    target: address.describe('A service that implements `ringcache.origin.v1.Origin`.'),
    group: z.string().min(1).optional().describe("The group's name as the origin knows it. Default: the same."),
    ...askingLimits,
  }),
  z.strictObject({
    type: z.literal('http').describe(KIND),
    url: z
      .string()
      .regex(/^https?:\/\//, 'must begin with http:// or https://')
      .regex(/\{key\}/, 'must have {key} where the key belongs')
      .describe(
        'Where a GET answers the value of a key: `{key}` stands for the key, percent-encoded. 404 and 410: no such key.',
      ),
    headers: z
      .record(z.string(), secret())
      .default({})
      .describe('Sent with each request. Their values are never printed: they may be what lets this node in.'),
    useMaxAge: z
      .boolean()
      .default(true)
      .describe(
        "Take the time to live from the answer's caching headers, as a shared cache does (RFC 9111), where it has any.",
      ),
    ...askingLimits,
  }),
  z.strictObject({
    type: z.literal('module').describe(KIND),
    path: z
      .string()
      .min(1)
      .describe('A JavaScript file whose default export, or `load`, is a loader; relative to the config file.'),
    ...askingLimits,
  }),
  z.strictObject({ type: z.literal('none').describe(KIND) }),
]);
