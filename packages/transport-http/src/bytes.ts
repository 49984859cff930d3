/**
 * Chunks as one value. Values are kept for long, so it never lies in Node's shared pool, nor in anything larger than
 * itself: a 64-byte slice would hold on to the 8 KiB around it.
 */
export function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  const only = chunks[0];
  if (chunks.length === 1 && only!.buffer.byteLength === bytes) return only!;
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(whole, at);
  return whole;
}
