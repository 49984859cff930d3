// Ids of contexts that nobody records. They have to be different, since a tracer further on may decide by the id of the trace.

const HEX = 16;
const HIGHEST = 2 ** 32;

/** A W3C traceparent with the flag that it is not sampled. */
export function unsampledParent(random: () => number = Math.random): string {
  return `00-${part(random)}${part(random)}${part(random)}${part(random)}-${part(random)}${part(random)}-00`;
}

/** 8 hex digits, never all zeros, which would make an id none. */
function part(random: () => number): string {
  const number = 1 + Math.floor(random() * (HIGHEST - 1));
  return number.toString(HEX).padStart(8, '0');
}
