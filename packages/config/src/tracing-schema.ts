import { z } from 'zod';

import { secret } from './mark.js';
import { duration } from './quantity-schemas.js';

/** No user and password: an address is printed everywhere. */
const COLLECTOR = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;

/** Traces of an app, to a collector that speaks OTLP over HTTP. Every key has a default: without an endpoint they are off. */
export function tracingSchema(serviceName: string) {
  return z
    .strictObject({
      endpoint: z.string().max(2_048).regex(COLLECTOR, 'must be "http://host:4318", or https').optional().meta({
        title: '`http(s)://host:port`',
        description:
          'A collector that takes OTLP over HTTP; spans are sent to `/v1/traces` below it. Left out: no traces, at no cost.',
      }),
      sampleRatio: z
        .number()
        .min(0)
        .max(1)
        .default(0.01)
        .describe(
          'Part of the requests that come without a trace and begin one. A request that is part of a trace is recorded if that is.',
        ),
      serviceName: z.string().min(1).max(256).default(serviceName).describe('What traces call this program.'),
      headers: z
        .record(z.string(), secret())
        .default({})
        .describe('Sent to the collector. Their values are never printed: they may be what lets this program in.'),
      delay: duration({ min: '10ms', max: '1m' })
        .default(5_000)
        .describe('How long spans wait until they are sent, unless there are many.'),
      includeKeys: z
        .boolean()
        .default(false)
        .describe('Whether spans show keys, and texts of errors, which may quote them. Values are never shown.'),
    })
    .prefault({})
    .describe('Traces by OpenTelemetry: what one request did on its way through client, node, owner and origin.');
}
