import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { isSampled, parseTrace, sampledTraceId } from './tracing.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;

describe('a context that comes over a wire', () => {
  test('is taken as it is', () => {
    expect(parseTrace(SAMPLED, 'a=1,b@c=2')).toEqual({ traceparent: SAMPLED, tracestate: 'a=1,b@c=2' });
    expect(parseTrace(SAMPLED)).toEqual({ traceparent: SAMPLED, tracestate: '' });
  });

  test('of a version to come is taken for what is known of it', () => {
    expect(parseTrace(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`)).toEqual({
      ...{ traceparent: SAMPLED, tracestate: '' },
    });
    expect(parseTrace(`cc-${TRACE}-${SPAN}-01`)?.traceparent).toBe(SAMPLED);
  });

  test.each([
    ['nothing', ''],
    ['another text', 'new'],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['capitals', SAMPLED.toUpperCase()],
    ['more than its version has', `${SAMPLED}-00`],
    ['something stuck to its end', `cc-${TRACE}-${SPAN}-01x`],
    ['two of them', `${SAMPLED}, ${SAMPLED}`],
    ['a line break after it', `${SAMPLED}\n`],
    ['too little', SAMPLED.slice(0, -1)],
  ])('with %s is none', (_, traceparent) => {
    expect(parseTrace(traceparent)).toBeUndefined();
  });

  test.each([
    ['too long', 'a'.repeat(513)],
    ['no text of a header', 'a=1\r\nX-Evil: 1'],
  ])('with a state that is %s goes on without it', (_, tracestate) => {
    expect(parseTrace(SAMPLED, tracestate)).toEqual({ traceparent: SAMPLED, tracestate: '' });
  });

  test('of any text is none, or one of 55 characters', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (traceparent, tracestate) => {
        const trace = parseTrace(traceparent, tracestate);
        expect(trace === undefined || trace.traceparent.length === 55).toBe(true);
      }),
    );
  });
});

test('the last flag says whether it is recorded', () => {
  for (let flags = 0; flags < 256; flags++) {
    const traceparent = `00-${TRACE}-${SPAN}-${flags.toString(16).padStart(2, '0')}`;
    expect(isSampled(traceparent)).toBe(flags % 2 === 1);
    expect(sampledTraceId({ traceparent, tracestate: '' })).toBe(flags % 2 === 1 ? TRACE : undefined);
  }
});
