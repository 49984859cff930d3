import type { ReceivedSpan } from '@ringcache/tracing/testing/collector';

/** A span as a test names it: who recorded it, its kind, and its name. */
export function named({ resource, kind, name }: ReceivedSpan): string {
  return `${resource['service.instance.id'] ?? resource['service.name']}: ${kind} ${name}`;
}

/**
 * The spans of a trace from its first to its last, each the only child of the one before.
 * @throws {Error} they are no such chain, or there is none.
 */
export function chainOf(spans: readonly ReceivedSpan[], traceId: string): ReceivedSpan[] {
  const left = new Map(spans.filter((span) => span.traceId === traceId).map((span) => [span.spanId, span]));
  const isTop = ({ parentSpanId }: ReceivedSpan) => !left.has(parentSpanId);
  const tops = [...left.values()].filter(isTop);
  if (tops.length !== 1) throw new Error(`trace ${traceId} has ${tops.length} beginnings: ${tops.map(named)}`);
  const chain: ReceivedSpan[] = [];
  for (let next = tops[0]; next !== undefined; ) {
    chain.push(next);
    left.delete(next.spanId);
    const { spanId } = next;
    const children = [...left.values()].filter(({ parentSpanId }) => parentSpanId === spanId);
    if (children.length > 1) throw new Error(`${named(next)} has ${children.length} children: ${children.map(named)}`);
    next = children[0];
  }
  if (left.size > 0) throw new Error(`not of the chain: ${[...left.values()].map(named)}`);
  return chain;
}
